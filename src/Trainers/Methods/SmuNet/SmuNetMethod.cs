using Smml.MLNet.Networks;
using Smml.MLNet.Training;

namespace Smml.MLNet.Methods.SmuNet;

/// <summary>SMU-Net: a teacher that sees all scans, and a student for each incomplete subset of them.</summary>
internal sealed class SmuNetMethod : SegmentationMethod<SmuNetTrainerOptions, SmuNetArchitecture, SmuNetLossOptions>
{
    public static MethodName MethodName { get; } = new(
        "smunet", "SMU-Net", "SMU-Net, style matching between a teacher and a student per subset of scans (MIDL 2022)");

    public override MethodName Name => MethodName;

    public override IntensityScaling PublishedScaling => IntensityScaling.MinMax;

    internal override WeightLayout Weights { get; } = new SmuNetWeights();

    public override SegmentationTrainerOptions CreateOptions(NetworkSize size = NetworkSize.Paper, Fidelity fidelity = Fidelity.Corrected)
    {
        SmuNetTrainerOptions options = SmuNetTrainerOptions.Of(fidelity);
        return size == NetworkSize.Paper ? options : ForSmallVolumes(options) with
        {
            Architecture = SmuNetArchitecture.Tiny with { Threshold = options.Architecture.Threshold },
            BatchSize = 2,
        };
    }

    public override SegmentationTrainerOptions CreatePaperOptions(BraTS edition, Fidelity fidelity = Fidelity.Corrected) =>
        SmuNetTrainerOptions.Paper(edition, fidelity);

    protected override IReadOnlyList<SegmentationNetwork> Networks(
        SmuNetArchitecture architecture, LabelConvention labels, bool complete) =>
        [new SmuNetNetwork(architecture, new(labels, architecture.Threshold))];

    protected override TrainingMethod Training(SmuNetTrainerOptions options, TrainingSetup setup)
    {
        CheckScans(options.Architecture.Patterns, setup.Scans);
        ExclusiveReadout readout = new(setup.Labels, options.Architecture.Threshold);
        SmuNetNetwork network = new(options.Architecture, readout);
        Prepare(network, setup.Devices[0]);
        return new SmuNetTraining(options, network, readout, setup.Classes);
    }

    private static void CheckScans(StudentPatterns patterns, IReadOnlyList<ModalitySet> scans)
    {
        if (!scans.Contains(ModalitySet.All))
        {
            throw new InvalidOperationException(
                "SMU-Net's teacher learns from cases with all four scans, and no training case has them. Add such cases, or train another "
                + "method.");
        }

        ModalitySet[] useless = [.. scans.Where(own => !patterns.Subsets.Any(pattern => pattern.IsSubsetOf(own))).Distinct()];
        if (useless.Length == 0)
            return;
        throw new InvalidOperationException(
            $"A training case has the scans {useless[0]}, from which no student can learn: Architecture.Patterns has {patterns}. "
            + "Leave the case out, or add a pattern.");
    }
}
