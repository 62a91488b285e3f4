using Smml.MLNet.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.SmuNet;

/// <summary>The teacher and the students. A subset of the scans is scored by its own student, all four by the teacher; they share
/// nothing.</summary>
internal sealed class SmuNetNetwork : SegmentationNetwork
{
    // The order of the scans in the released code.
    private static readonly Modality[] s_order = [Modality.Flair, Modality.T1, Modality.T1ce, Modality.T2];

    private readonly ExclusiveReadout _readout;
    private readonly Holder _holder = new();

    public SmuNetNetwork(SmuNetArchitecture architecture, ExclusiveReadout readout)
        : base("network")
    {
        _readout = readout;
        int classes = readout.MapCount + 1;
        _holder.register_module("full", Teacher = new(ModalitySet.ModalityCount, classes, architecture));
        Students = architecture.Patterns.Subsets.ToDictionary(pattern => pattern, pattern =>
        {
            SmuNetModule student = new(pattern.Count, classes, architecture);
            _holder.register_module(NameOf(pattern), student);
            return student;
        });
    }

    public SmuNetModule Teacher { get; }

    public IReadOnlyDictionary<ModalitySet, SmuNetModule> Students { get; }

    public override Readout Readout => _readout;

    public override IReadOnlyList<ModalitySet> Subsets => [.. ModalitySet.Subsets.Where(subset => Find(subset) is not null)];

    protected override IEnumerable<nn.Module> Modules => [_holder];

    public override IEnumerable<KeyValuePair<string, Tensor>> ScoringState() =>
        _holder.state_dict().OrderBy(pair => pair.Key, StringComparer.Ordinal);

    /// <summary>The network of a subset; null where there is none.</summary>
    public SmuNetModule? Find(ModalitySet subset) => subset == ModalitySet.All ? Teacher : Students.GetValueOrDefault(subset);

    /// <summary>The scans of a subset, (B, n, X, Y, Z), in the order of the released code.</summary>
    /// <param name="scans">(B, 4, X, Y, Z).</param>
    /// <param name="subset">Which.</param>
    public static Tensor Select(Tensor scans, ModalitySet subset) =>
        cat([.. s_order.Where(subset.Contains).Select(modality => scans.narrow(1, (int)modality, 1))], 1);

    public override void Predict(Windows windows, IReadOnlyList<ModalitySet> subsets, Action<int, Tensor> take)
    {
        for (int i = 0; i < subsets.Count; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            SmuNetModule module = Find(subsets[i]) ?? throw Unknown(subsets[i], Subsets);
            take(i, module.call(Select(windows.Scans, subsets[i])).Logits.narrow(1, 0, _readout.MapCount));
        }
    }

    // In checkpoints: flair, flair_t1ce, ...
    public static string NameOf(ModalitySet pattern) => string.Join('_', pattern.Select(one => one.ToString().ToLowerInvariant()));

    private sealed class Holder() : nn.Module(nameof(SmuNetNetwork));
}
