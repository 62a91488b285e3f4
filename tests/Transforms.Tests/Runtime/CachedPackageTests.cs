namespace Smml.MLNet.Tests.Runtime;

public sealed class CachedPackageTests : IDisposable
{
    private readonly TemporaryFolder _cache = new();

    [Theory]
    [InlineData("2.10.0", "2.10.0")]
    [InlineData("2.10", "2.10.0")]
    [InlineData("2.10.0.0", "2.10.0")]
    [InlineData("2.10.0.1", "2.10.0.1")]
    [InlineData("[2.10.0]", "2.10.0")]
    [InlineData("[2.10.0, 3.0.0)", "2.10.0")]
    [InlineData("1.0.0-Beta.1+build", "1.0.0-beta.1")]
    public void The_folder_of_a_dependency_is_that_of_the_lowest_version_asked_for(string asked, string folder)
    {
        CachedPackages.Write(_cache, "one", "1.0.0", ("Two", asked));
        Assert.Equal(
            [new CachedPackage(_cache.Path, "two", folder)], new CachedPackage(_cache.Path, "one", "1.0.0").Dependencies());
    }

    [Fact]
    public void Dependencies_are_followed_once_even_in_a_circle()
    {
        CachedPackages.Write(_cache, "one", "1.0.0", ("Two", "1.0.0"), ("Three", "2.0.0"));
        CachedPackages.Write(_cache, "two", "1.0.0", ("Three", "2.0.0"));
        CachedPackages.Write(_cache, "three", "2.0.0", ("Two", "1.0.0"));
        Assert.Equal(
            ["two 1.0.0", "three 2.0.0"],
            new CachedPackage(_cache.Path, "one", "1.0.0").Dependencies().Select(package => package.ToString()));
    }

    [Fact]
    public void A_damaged_specification_is_named()
    {
        _cache.Write("one/1.0.0/one.nuspec", "<package>"u8.ToArray());
        Assert.Contains(
            Path.Combine(_cache.Path, "one", "1.0.0", "one.nuspec"),
            Assert.Throws<InvalidDataException>(() => new CachedPackage(_cache.Path, "one", "1.0.0").Dependencies()).Message);
    }

    public void Dispose() => _cache.Dispose();
}
