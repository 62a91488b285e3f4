using Smml.MLNet.Phantom;

namespace Smml.MLNet.Quickstart;

/// <summary>Every number of the quickstart in one place.</summary>
internal static class QuickstartSettings
{
    public const string OutputFolder = "quickstart-output";

    public const int TrainingCases = 24;

    public const int TestCases = 6;

    public const long TrainingSeed = 1;

    public const long TestSeed = 2;

    /// <summary>High-grade tumours, which all have an enhancing part, at 4.5 mm a voxel: a window holds most of a head.</summary>
    public static PhantomOptions Phantoms { get; } = new()
    {
        Shape = new(34, 40, 34),
        Spacing = (4.5, 4.5, 4.5),
        Grade = PhantomGrade.High,
    };

    /// <summary>The field's rule of 500 voxels is one of 500 cubic millimetres; these voxels have 91.</summary>
    public const int MinimumEnhancingVoxels = 6;

    public static string TrainingFolder => Path.Combine(OutputFolder, "training");

    public static string TestFolder => Path.Combine(OutputFolder, "test");

    public static string ModelFile => Path.Combine(OutputFolder, "smml.zip");

    public static string CsvFile => Path.Combine(OutputFolder, "evaluation.csv");

    public static string PageFile => Path.Combine(OutputFolder, "evaluation.html");

    public static string PictureFile => Path.Combine(OutputFolder, "quickstart.png");

    /// <summary>A network that learns these small heads in minutes on two cores; the published one is
    /// <see cref="SmmlArchitecture.Paper"/>.</summary>
    public static SmmlArchitecture Architecture { get; } = new()
    {
        Name = "quickstart",
        BaseChannels = 8,
        TransformerWidth = 64,
        FeedForwardWidth = 128,
        Dropout = 0,
        Patch = new(32, 32, 32),
    };

    /// <summary>How it is trained; the published settings are <c>new SmmlTrainerOptions()</c>.</summary>
    public static SmmlTrainerOptions Trainer(IProgress<TrainingProgress> progress) => new()
    {
        Architecture = Architecture,
        Epochs = 12,
        BatchSize = 1, // twice the steps of 2 for the same work, and an encoder rests whose scan is hidden from the sample
        Optimizer = new() { LearningRate = 5e-3, WeightDecay = 1e-5 },
        Losses = new()
        {
            Prototypes = PrototypePooling.Soft, // small regions would vanish from a coarse map
            SeparateWeight = 0, // half of a step's time on a CPU, better spent on more steps
            AuxiliaryWeight = 0, // a short training is better spent on the final prediction
        },
        Augmentation = new()
        {
            RotationDegrees = 0, // nearest-neighbour rotation would fray a rim that is one voxel thick
            ForegroundSampling = 0.33, // a third of the windows around the tumour
        },
        Seed = 1,
        Progress = progress,
    };
}
