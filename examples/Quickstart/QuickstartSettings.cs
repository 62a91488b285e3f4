using Smml.MLNet.Phantom;

namespace Smml.MLNet.Quickstart;

/// <summary>Every number of the quickstart in one place.</summary>
internal static class QuickstartSettings
{
    public const string OutputFolder = "quickstart-output";

    public const int TrainingCases = 24;

    public const int TestCases = 4;

    public const long TrainingSeed = 1;

    public const long TestSeed = 2;

    public static string TrainingFolder => Path.Combine(OutputFolder, "training");

    public static string TestFolder => Path.Combine(OutputFolder, "test");

    public static string ModelFile => Path.Combine(OutputFolder, "smml.zip");

    public static string CsvFile => Path.Combine(OutputFolder, "evaluation.csv");

    public static string PictureFile => Path.Combine(OutputFolder, "quickstart.png");

    /// <summary>A network that learns these small heads in minutes on two cores; the published settings are <c>new SmmlTrainerOptions()</c>.</summary>
    public static SmmlTrainerOptions Trainer(IProgress<TrainingProgress> progress) => new()
    {
        Architecture = SmmlArchitecture.Tiny,
        Epochs = 30,
        BatchSize = 2,
        LearningRate = 4e-3,
        Losses = new()
        {
            Prototypes = PrototypePooling.Soft, // small regions would vanish from a coarse map
            SeparateWeight = 0, // half of a step's time on a CPU, better spent on more steps
        },
        Augmentation = new() { ForegroundSampling = 0.6 }, // most patches of a small head would hold no tumour
        Overlap = 0.25,
        Seed = 1,
        Progress = progress,
    };
}
