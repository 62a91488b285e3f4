using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Smml.MLNet.Tests.Ablation;

public sealed class SmmlAblationTests
{
    // Every property has another value than the default one.
    private static readonly SmmlTrainerOptions s_options = new()
    {
        Architecture = new()
        {
            Name = "other",
            BranchCount = 1,
            BaseChannels = 2,
            TransformerWidth = 16,
            FeedForwardWidth = 32,
            AttentionHeads = 2,
            Dropout = 0,
            Patch = new(32, 48, 64),
            RefinementChannels = 2,
            TokenLayout = TokenLayout.Reference,
            Padding = ConvolutionPadding.Zeros,
        },
        Epochs = 3,
        BatchSize = 4,
        GradientAccumulation = 3,
        RecomputeEncoders = true,
        Precision = TrainingPrecision.BFloat16,
        StepsPerEpoch = 5,
        Optimizer = new() { LearningRate = 0.1, WeightDecay = 0.2 },
        ConsistencyStartEpoch = 1,
        Losses = new()
        {
            SeparateWeight = 2,
            AuxiliaryWeight = 3,
            PixelConsistencyWeight = 4,
            Temperature = 5,
            Direction = DivergenceDirection.Distillation,
            FeatureRelationWeight = 0,
            Prototypes = PrototypePooling.Soft,
            RelationWeights = RelationWeighting.Raw,
            RefinementWeight = 7,
            RefinementConsistencyWeight = 8,
        },
        Augmentation = AugmentationOptions.None,
        Cases = new()
        {
            LabelConvention = LabelConvention.BraTS2023,
            Memory = 10,
            CacheFolder = "cases",
            Workers = 2,
            Columns = new() { Flair = "F" },
            Split = BraTSSplit.BraTS2020(),
        },
        Fidelity = Fidelity.Reference,
        Output = new() { Overlap = 0.25, ColumnName = "O", LogFolder = "log", DataDescription = "phantoms" },
        Seed = 9,
        CueColumnName = "C",
        RequireCues = true,
        Progress = new Progress<TrainingProgress>(),
        GpuDeviceIds = [0, 1],
        Validation = new() { Cases = new MLContext().Data.LoadFromEnumerable<BraTSCase>([]) },
        Checkpoints = new() { Folder = "checkpoints" },
        CancellationToken = new(canceled: true),
    };

    [Fact]
    public void Table_4_has_ten_different_rows_in_the_papers_order()
    {
        Assert.Equal(
            [
                "base", "base + SRN", "dual", "dual + PBC", "dual + FRC", "dual + SRN", "dual + PBC + FRC", "dual + PBC + SRN",
                "dual + FRC + SRN", "dual + PBC + FRC + SRN",
            ],
            SmmlAblation.Table4.Select(row => row.Name));
        Assert.Equal(
            10,
            SmmlAblation.Table4.Select(row => (row.IsDual, row.PixelConsistency, row.FeatureRelation, row.Refinement)).Distinct().Count());
        Assert.DoesNotContain(SmmlAblation.Table4, row => !row.IsDual && (row.PixelConsistency || row.FeatureRelation));
    }

    [Fact]
    public void A_row_is_found_by_its_name_however_it_is_written()
    {
        foreach (SmmlAblation row in SmmlAblation.Table4)
            Assert.All(
                [row.Name, row.Name.Replace(" ", ""), row.Name.Replace(" + ", "-").ToLowerInvariant()],
                name => Assert.Same(row, SmmlAblation.Parse(name)));
        Assert.Same(SmmlAblation.Table4[^1], SmmlAblation.Parse("all"));
        Assert.Contains("dual-frc-srn", Assert.Throws<FormatException>(() => SmmlAblation.Parse("base + PBC")).Message);
    }

    [Fact]
    public void Apply_changes_only_the_branches_and_the_three_parts()
    {
        foreach (SmmlAblation row in SmmlAblation.Table4)
        {
            SmmlTrainerOptions applied = row.Apply(s_options);
            Same(
                s_options,
                applied,
                nameof(SmmlTrainerOptions.Architecture),
                nameof(SmmlTrainerOptions.Losses),
                nameof(SmmlTrainerOptions.RequireCues));
            Same(s_options.Architecture, applied.Architecture, nameof(SmmlArchitecture.BranchCount));
            Same(
                s_options.Losses,
                applied.Losses,
                nameof(SmmlLossOptions.PixelConsistencyWeight),
                nameof(SmmlLossOptions.FeatureRelationWeight),
                nameof(SmmlLossOptions.RefinementWeight),
                nameof(SmmlLossOptions.RefinementConsistencyWeight));
            Assert.Equal(row.IsDual ? 2 : 1, applied.Architecture.BranchCount);
            Assert.Equal(row.PixelConsistency ? 4 : 0, applied.Losses.PixelConsistencyWeight);
            // 0 in the options: a row that names a part trains it
            Assert.Equal(row.FeatureRelation ? 1 : 0, applied.Losses.FeatureRelationWeight);
            Assert.Equal(row.Refinement ? (7, 8) : (0, 0), (applied.Losses.RefinementWeight, applied.Losses.RefinementConsistencyWeight));
            Assert.Equal(row.Refinement, applied.RequireCues);
        }
    }

    [Fact]
    public void A_row_with_SRN_refuses_data_without_cues_and_names_the_remedy()
    {
        MLContext ml = new(seed: 1);
        SmmlTrainer trainer = ml.Segmentation.Trainers.Smml(SmmlAblation.Parse("base + SRN").Apply(TinyProblem.Options()));
        SchemaShape with = ml.Transforms.CustomMapping<Nothing, TinyRow>((_, _) => { }, null).GetOutputSchema(new SchemaShape([])),
            without = ml.Transforms.DropColumns("Cues").GetOutputSchema(with);
        string message = Assert.Throws<ArgumentException>(() => trainer.Fit(TinyProblem.View(ml, TinyProblem.Rows(1)))).Message;
        Assert.Contains("no column 'Cues'", message);
        Assert.Contains("GenerateCues", message);
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => trainer.GetOutputSchema(without)).Message);
        Assert.Contains(trainer.GetOutputSchema(with), column => column.Name == "Segmentation");
    }

    [Theory]
    [InlineData("base")]
    [InlineData("dual")]
    public void Without_consistency_the_refinement_network_leaves_the_model_as_it_is(string name)
    {
        // Its losses and its cues are there, but nothing of them reaches the branch that is saved. The second branch begins elsewhere: the
        // initial weights of the first refinement network are drawn before its own.
        MLContext ml = new(seed: 1);
        SmmlTrainerOptions options = new()
        {
            Architecture = new()
            {
                Name = "no dropout",
                BaseChannels = 2,
                TransformerWidth = 16,
                FeedForwardWidth = 32,
                AttentionHeads = 2,
                Dropout = 0,
                Patch = new(32, 32, 32),
                RefinementChannels = 2,
            },
            Epochs = 2,
            StepsPerEpoch = 1,
            BatchSize = 1,
            Seed = 4,
            ConsistencyStartEpoch = 2,
            Losses = TinyProblem.FusedOnly,
        };
        IDataView data = TinyProblem.View(ml, TinyProblem.Rows(2, cues: true), cues: true);
        using SegmentationTransformer plain = ml.Segmentation.Trainers.Smml(SmmlAblation.Parse(name).Apply(options)).Fit(data);
        using SegmentationTransformer refined = ml.Segmentation.Trainers.Smml(SmmlAblation.Parse(name + "+SRN").Apply(options)).Fit(data);
        Assert.False(plain.Info.TrainedWithCues);
        Assert.True(refined.Info.TrainedWithCues);
        Assert.True(double.IsFinite(refined.Info.FinalLosses["refinement 1"]));
        Assert.Equal(plain.Info.FinalLosses["segmentation 1"], refined.Info.FinalLosses["segmentation 1"]);
        Assert.Equal(name == "base", plain.Info.WeightsSha256 == refined.Info.WeightsSha256);
    }

    private static void Same<T>(T first, T second, params string[] but) =>
        Assert.All(
            Settable<T>().Where(property => !but.Contains(property.Name)),
            property => Assert.Equal(property.GetValue(first), property.GetValue(second)));

    private static IEnumerable<PropertyInfo> Settable<T>() => typeof(T).GetProperties().Where(property => property.CanWrite);

    private sealed class Nothing
    {
    }
}
