using System.Text.Json.Nodes;
using Smml.MLNet.Networks;
using Smml.MLNet.Training;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.M3ae;

/// <summary>One pass of M3AE. In the first epochs: hide parts of the scans, put the substitute image there, reconstruct. Later: two masks
/// per sample, the substitute image, as it then is, in place of missing scans, regions and consistency.</summary>
internal sealed class M3aeTraining(M3aeTrainerOptions options, M3aeNetwork network, RegionReadout regions, int classes)
    : SingleNetworkTraining(options, network, classes, Optimizers(options, network))
{
    private readonly VolumeShape _patch = options.Architecture.Patch;

    public override int PretrainingEpochs => options.PretrainingEpochs;

    public override int MasksPerSample => 2;

    public override IEnumerable<KeyValuePair<string, JsonNode?>> Settings => options.MethodSettings;

    /// <summary>Each stage begins with an optimizer of its own; the image moves in the first only.</summary>
    private static ParameterGroup[] Optimizers(M3aeTrainerOptions options, M3aeNetwork network)
    {
        int pretraining = options.PretrainingEpochs, training = options.Epochs - pretraining;
        double rate = options.Optimizer.LearningRate;
        ParameterGroup segment = Group(
            "network", M3aeModule.IsTrained, options.Optimizer.WeightDecay, rate, pretraining, options.Epochs, training);
        return pretraining == 0 ? [segment] :
        [
            Group("pretraining", M3aeModule.IsPretrained, 0, rate, 0, pretraining, pretraining),
            Group("substitute", name => name == "limage", 0, options.ImageLearningRate, 0, pretraining, pretraining),
            segment,
        ];

        ParameterGroup Group(string prefix, Func<string, bool> moves, double decay, double initial, int first, int end, int epochs) => new(
            network.NamedParameters.Where(pair => moves(pair.Name)).Select(pair => ($"{prefix}/{pair.Name}", pair.Parameter)),
            new(decay, AmsGrad: false),
            epoch => Schedules.Cosine(initial, epoch - first, epochs),
            first,
            end);
    }

    protected override void Learn(Task task, LossSum losses)
    {
        Tensor scans = ReleasedOrder.Enter(task.Batch.Scans); // (B, 4, Z, Y, X)
        if (task.Epoch < PretrainingEpochs)
            Reconstruct(task, losses, scans);
        else
            Segment(task, losses, scans);
    }

    private void Reconstruct(Task task, LossSum losses, Tensor scans)
    {
        Tensor tokens = Tokens(task.Samples).to(scans.device), parameter = network.Module.Image;

        // One node for the parts of all samples: their gradients add up before that of the regulariser, whatever runs first.
        Tensor image = parameter.view(parameter.shape);
        Tensor seen = where(TokenMask.ToVoxels(tokens, options.TokenSide), scans, Substitutes(image, task.Samples, varied: false));
        Tensor reconstructed;
        using (BeginPrecision())
            reconstructed = network.Module.Reconstruct(seen, task.Replay is null ? null : task.Replay.Run);
        Tensor available = ReleasedOrder.Scans(task.Batch.Available, 1).to(scans.device).to(ScalarType.Float32);
        M3aeObjective.Reconstruct(losses, options.Losses, scans, reconstructed, available, parameter);
    }

    private void Segment(Task task, LossSum losses, Tensor scans)
    {
        Tensor substitutes = Substitutes(network.Module.Image.detach(), task.Samples, varied: true);
        Tensor seen = cat([.. task.Batch.Masks.Select(mask => where(ReleasedOrder.Mask(mask), scans, substitutes))], 0);
        M3aeModule.Output output;
        using (BeginPrecision())
            output = network.Module.Segment(seen, task.Replay is null ? null : task.Replay.Run);
        Tensor targets = ReleasedOrder.Axes(regions.Targets(task.Target.OneHot));
        M3aeObjective.Segment(losses, options.Losses, output, cat([targets, targets], 0));
    }

    // (B, 4, Z, Y, X).
    private Tensor Substitutes(Tensor image, IReadOnlyList<TrainingSample> samples, bool varied) =>
        cat([.. samples.Select(sample => SubstituteImage.Cut(image, _patch, sample, varied))], 0);

    // (B, 4, z, y, x) of booleans.
    private Tensor Tokens(IReadOnlyList<TrainingSample> samples)
    {
        int side = options.TokenSide;
        VolumeShape grid = new(_patch.X / side, _patch.Y / side, _patch.Z / side);
        bool[] seen =
        [
            .. samples.SelectMany(sample => TokenMask.Draw(new(sample.OwnSeed), sample.Available, (int)grid.Count, options)),
        ];
        return ReleasedOrder.Scans(tensor(seen, [samples.Count, ModalitySet.ModalityCount, grid.Z, grid.Y, grid.X]), 1);
    }
}
