// Dropout and initialisation draw from libtorch's one global stream, and every operation uses all cores: one test at a time.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
