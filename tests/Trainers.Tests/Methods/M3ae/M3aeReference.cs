using Smml.MLNet.Methods.M3ae;
using Smml.MLNet.Networks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Methods.M3ae;

/// <summary>M3AE with the weights of the reference, and its inputs in both orders.</summary>
internal sealed class M3aeReference : IDisposable
{
    private static readonly long[] s_modalities = [3, 1, 0, 2]; // of Flair, T1ce, T1, T2 among T1, T1ce, T2, Flair

    private readonly int _stage;

    /// <summary>Loads the weights of a stage.</summary>
    /// <param name="stage">1 or 2.</param>
    public M3aeReference(int stage)
    {
        TorchRuntime.EnsureAvailable();
        _stage = stage;
        Fixture = new("m3ae", learningRate: 3e-4, weightDecay: stage == 1 ? 0 : 1e-4);
        Data = Fixture.Archive("data.npz");
        Dictionary<string, NumpyArray> weights = Fixture.Archive($"state_stage{stage}.npz");
        long[] image = RivalFixture.ShapeOf(Fixture.Info.GetProperty("limage"));
        int side = Fixture.Info.GetProperty("size").GetInt32();
        Architecture = new()
        {
            Name = "reference",
            BaseChannels = Fixture.Info.GetProperty("init_channels").GetInt32(),
            Patch = new(side, side, side),
            SubstituteShape = new((int)image[2], (int)image[1], (int)image[0]),
        };
        Network = new(Architecture, M3aeNetwork.Regions(LabelConvention.BraTS2018), training: true);
        using IDisposable guard = no_grad();
        foreach ((string name, Tensor value) in Module.state_dict())
        {
            if (ReferenceName(name) is { } reference)
            {
                Assert.Equal(weights[reference].Shape, value.shape);
                using Tensor source = weights[reference].ToTensor();
                value.copy_(source);
            }
        }

        RivalFixture.SameNames(weights.Keys, Module.state_dict().Keys.Select(ReferenceName).OfType<string>());
    }

    public RivalFixture Fixture { get; }

    public Dictionary<string, NumpyArray> Data { get; }

    public M3aeArchitecture Architecture { get; }

    public M3aeNetwork Network { get; }

    public M3aeModule Module => Network.Module;

    /// <summary>The scans in the released order, (2, 4, Z, Y, X).</summary>
    public Tensor Scans => Data["input"].ToTensor();

    /// <summary>The weights under their names in the reference, without the image.</summary>
    public IEnumerable<(string Name, Parameter Parameter)> Parameters => Module.named_parameters()
        .Select(pair => (Name: ReferenceName(pair.name), pair.parameter))
        .Where(pair => pair.Name is not null and not "limage")
        .Select(pair => (pair.Name!, pair.parameter));

    /// <summary>Whole volumes are as large as the image.</summary>
    public CaseFrame Frame => new(default, Architecture.SubstituteShape);

    /// <summary>The first voxel of a window.</summary>
    /// <param name="place">(3) of Z, Y, X.</param>
    public static (int X, int Y, int Z) Start(ReadOnlySpan<long> place) => ((int)place[2], (int)place[1], (int)place[0]);

    /// <summary>From the released order, (B, 4, Z, Y, X), to the library's, (B, 4, X, Y, Z).</summary>
    public static Tensor Own(Tensor scans) => scans.index_select(1, tensor(s_modalities)).permute(0, 1, 4, 3, 2).contiguous();

    /// <summary>A set from bits in the released order.</summary>
    public static ModalitySet Set(IEnumerable<bool> bits) =>
        ModalitySet.Of([.. new[] { Modality.T1, Modality.T1ce, Modality.T2, Modality.Flair }.Zip(bits)
            .Where(pair => pair.Second)
            .Select(pair => pair.First)]);

    /// <summary>Where a window's part of the image begins, cut in the released order.</summary>
    public Tensor Substitute(Tensor image, ReadOnlySpan<long> place) =>
        SubstituteImage.Cut(image, Architecture.Patch, Start(place), Frame, FlipAxes.None);

    public void Dispose() => Network.Dispose();

    // Of the heads that the reference of this stage does not have, null.
    private string? ReferenceName(string name) => (_stage, name.Split('.')) switch
    {
        (1, ["reconstruction", string kind]) => $"unet.up1conv.{kind}",
        (1, ["unet", "up1conv" or "ds_out", ..]) => null,
        (2, ["reconstruction", ..]) => null,
        _ => name,
    };
}
