using PublicApiGenerator;

namespace Smml.MLNet.Tests;

public sealed class PublicApiTests
{
    [Fact]
    public void The_public_surface_is_the_one_in_PublicApi_txt()
    {
        string actual = typeof(VolumeTransformsCatalog).Assembly.GeneratePublicApi(new() { IncludeAssemblyAttributes = false }).ReplaceLineEndings("\n").Trim();
        string expected = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "PublicApi.txt")).ReplaceLineEndings("\n").Trim();
        if (actual != expected)
            File.WriteAllText(Path.Combine(AppContext.BaseDirectory, "PublicApi.received.txt"), actual + "\n");
        Assert.Equal(expected, actual); // where the change is meant, copy PublicApi.received.txt from the output folder over PublicApi.txt
    }
}
