using System.Xml.Linq;
using Smml.MLNet.Cases;
using Smml.MLNet.Html;

namespace Smml.MLNet.Tests.Html;

public sealed class CaseListFragmentTests
{
    private static readonly BraTSCase s_partial = new() { CaseId = "b <i>", FlairPath = "x/b_flair.nii", T2Path = "x/b_t2.nii" };

    private static readonly BraTSCase s_full = new()
    {
        CaseId = "a",
        FlairPath = "x/a_flair.nii",
        T1cePath = "x/a_t1ce.nii",
        T1Path = "x/a_t1.nii",
        T2Path = "x/a_t2.nii",
        LabelPath = "x/a_seg.nii",
        LabelConvention = "BraTS2018",
        Layout = "BraTS 2018",
        Grade = "HGG",
    };

    [Fact]
    public void Circles_say_which_scans_are_there_and_the_last_row_counts_them()
    {
        XElement shown = XElement.Parse(CaseListFragment.Write(new([s_full, s_partial])));
        string[][] rows = [.. shown.Descendants("tr").Select(row => row.Elements().Select(cell => cell.Value).ToArray())];
        Assert.Equal(["case", "Flair", "T1ce", "T1", "T2", "label", "grade", "layout"], rows[0]);
        Assert.Equal(["a", "●", "●", "●", "●", "●", "HGG", "BraTS 2018"], rows[1]);
        Assert.Equal(["b <i>", "●", "○", "○", "●", "○", "", ""], rows[2]);
        Assert.Equal(["all", "2", "1", "1", "2", "1", "", ""], rows[3]);
    }

    [Fact]
    public void Text_says_the_same()
    {
        BraTSCaseList cases = new([s_full, s_partial]);
        Assert.Equal("2 cases: 1 with all four scans, 1 with labels, BraTS2018; layout: BraTS 2018", cases.ToString());
        Assert.Equal(
            ["case   F T1c T1 T2  label", "a      ●  ●  ●  ●    ●", "b <i>  ●  ○  ○  ●    ○", cases.ToString()],
            cases.ToTable().ReplaceLineEndings("\n").Split('\n'));
    }

    [Fact]
    public void A_long_list_is_cut_and_an_empty_one_is_no_table()
    {
        XElement shown = XElement.Parse(CaseListFragment.Write(new(Enumerable.Repeat(s_full, 300))));
        Assert.Equal(42, shown.Descendants("tr").Count());
        Assert.Contains("all 300, 260 of them not shown", shown.Value);
        Assert.Empty(XElement.Parse(CaseListFragment.Write(new([]))).Descendants("table"));
        Assert.Equal("0 cases: 0 with all four scans, 0 with labels", new BraTSCaseList([]).ToString());
    }
}
