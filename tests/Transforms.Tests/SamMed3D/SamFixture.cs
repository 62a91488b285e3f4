using Smml.MLNet.CueGeneration;

namespace Smml.MLNet.Tests.SamMed3D;

/// <summary>A tiny SAM-Med3D with random weights and what the published modules compute with it;
/// <c>tools/sam_med3d/make_fixture.py</c> made it.</summary>
internal static class SamFixture
{
    /// <summary>The sizes of the tiny network; its graphs are always the project's own.</summary>
    public static SamMed3DArchitecture Tiny { get; } = new(32, 48, 4, name =>
    {
        using FileStream packed = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "fixtures", "sam", $"{name}.onnx.gz"));
        return SamMed3DArchitecture.Unpack(packed);
    });

    public static NumpyArray Array(string name) => Fixtures.Array($"sam/{name}.npy");

    /// <summary>Writes the checkpoint into a folder.</summary>
    public static string Checkpoint(TemporaryFolder folder)
    {
        string plain = Fixtures.PathOf("sam/sam_tiny.pth");
        if (File.Exists(plain))
            return folder.Write("sam_tiny.pth", File.ReadAllBytes(plain));
        using FileStream packed = File.OpenRead(plain + ".gz");
        return folder.Write("sam_tiny.pth", SamMed3DArchitecture.Unpack(packed));
    }

    public static float Difference(ReadOnlySpan<float> found, NumpyArray expected)
    {
        float[] values = expected.ToSingle();
        Assert.Equal(values.Length, found.Length);
        float largest = 0;
        for (int i = 0; i < found.Length; i++)
            largest = Math.Max(largest, Math.Abs(found[i] - values[i]));
        return largest;
    }
}
