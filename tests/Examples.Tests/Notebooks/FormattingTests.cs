using Microsoft.DotNet.Interactive.Formatting;
using Smml.MLNet.Phantom;

namespace Smml.MLNet.Tests.Notebooks;

/// <summary>What .NET Interactive's own formatting library does with the library's types.</summary>
public sealed class FormattingTests
{
    private static readonly PhantomCase s_phantom = PhantomGenerator.Generate(8, new() { Shape = new(24, 30, 22), Spacing = (6, 6, 6) });

    [Theory]
    [InlineData(typeof(Volume))]
    [InlineData(typeof(BraTSCaseList))]
    [InlineData(typeof(ValidationReport))]
    [InlineData(typeof(SegmentationReport))]
    [InlineData(typeof(AblationReport))]
    [InlineData(typeof(SegmentationTransformer))]
    public void A_notebook_shows_it_as_HTML_and_else_as_text(Type type) =>
        Assert.Equal(["text/html", "text/plain"], Formatter.GetPreferredMimeTypesFor(type));

    [Fact]
    public void A_volume_is_pictures_and_a_list_of_cases_is_a_table_though_it_can_be_enumerated()
    {
        Assert.Contains("data:image/png;base64,", s_phantom[Modality.Flair].ToDisplayString("text/html"));
        Assert.Equal("24x30x22, 6x6x6 mm", s_phantom[Modality.Flair].ToDisplayString("text/plain"));
        BraTSCaseList cases = new([new() { CaseId = "a", FlairPath = "a.nii" }]);
        Assert.Contains("<th class=\"l\" scope=\"row\">a</th>", cases.ToDisplayString("text/html"));
        Assert.StartsWith("case  F T1c T1 T2  label", cases.ToDisplayString("text/plain"));
    }
}
