namespace Smml.MLNet.Tests;

public sealed class LabelConventionTests
{
    [Theory]
    [InlineData("BraTS2012", "1 2", "2", "")]
    [InlineData("BraTS2015", "1 2 3 4", "1 3 4", "4")]
    [InlineData("BraTS2018", "1 2 4", "1 4", "4")]
    [InlineData("BraTS2023", "1 2 3", "1 3", "3")]
    [InlineData("BraTS2024", "1 2 3", "1 3", "3")]
    [InlineData("BraTS2024Ped", "1 2 3 4", "1 2 3", "1")]
    [InlineData("MsdTask01", "1 2 3", "2 3", "3")]
    public void The_regions_are_made_of_the_values_that_the_data_set_says(string name, string whole, string core, string enhancing)
    {
        LabelConvention convention = LabelConvention.FromName(name);

        Assert.Equal([whole, core, enhancing], Enum.GetValues<TumorRegion>().Select(region => Values(convention, region)));
        Assert.Equal("background", convention.ClassNames[0]);
        Assert.Equal(0, convention.Values[0]);
        Assert.Equal(enhancing.Length > 0, convention.Has(TumorRegion.EnhancingTumor));
    }

    [Fact]
    public void Every_convention_is_in_the_theory_above() => Assert.Equal(7, LabelConvention.Known.Count);

    [Fact]
    public void A_class_index_of_the_Decathlon_means_what_it_means_in_BraTS_2018()
    {
        Volume files = new(new(new(4, 1, 1), Affine.Identity), [0, 1, 2, 3]);

        byte[] classes = LabelConvention.MsdTask01.ToClasses(files);

        Assert.Equal(
            ["background", "edema", "necrotic core", "enhancing tumor"],
            classes.Select(index => LabelConvention.BraTS2018.ClassNames[index]));
        Assert.Equal([0, 2, 1, 4], LabelConvention.BraTS2018.ToVolume(classes, files).Voxels.ToArray());
        Assert.Equal([0, 1, 2, 3], LabelConvention.MsdTask01.ToVolume(classes, files).Voxels.ToArray());
    }

    [Fact]
    public void Conventions_are_interchangeable_only_where_their_classes_mean_the_same()
    {
        string[] like2018 = [.. LabelConvention.Known.Where(LabelConvention.BraTS2018.HasSameClasses).Select(known => known.Name)];
        string[] like2015 = [.. LabelConvention.Known.Where(LabelConvention.BraTS2015.HasSameClasses).Select(known => known.Name)];

        Assert.Equal(["BraTS2018", "BraTS2023", "MsdTask01"], like2018);
        Assert.Equal(["BraTS2015"], like2015); // 2024 and 2024 PED have five classes too
    }

    private static string Values(LabelConvention convention, TumorRegion region) =>
        string.Join(
            ' ',
            Enumerable.Range(0, convention.ClassCount)
                .Where(index => convention.IsIn(region, index))
                .Select(index => convention.Values[index])
                .Order());
}
