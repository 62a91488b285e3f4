using System.Globalization;
using System.Text;
using Microsoft.Data.Analysis;
using Smml.MLNet.Html;
using Smml.MLNet.Pictures;
using Smml.MLNet.Tables;

namespace Smml.MLNet.Tests.Tables;

/// <summary>Tables are UTF-8, say numbers shortly, and replace only tables of their kind; pages and pictures likewise.</summary>
public sealed class TableFileTests : IDisposable
{
    private static readonly string[] s_header = ["CaseId", "Status", "Value"];

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Text_is_UTF_8_without_a_mark_and_lines_end_with_a_line_feed()
    {
        TableFile.Write(_folder["t.csv"], new DataFrame(
            new StringDataFrameColumn("CaseId", ["M\u00FCller", null, "a,b", "say \"x\"", " edge ", "two\nlines", "\u8106"]),
            new Int32DataFrameColumn("Count", [1, null, -3, 4, 5, 6, 7])));
        byte[] bytes = File.ReadAllBytes(_folder["t.csv"]);
        Assert.Equal(
            "CaseId,Count\nM\u00FCller,1\n,\n\"a,b\",-3\n\"say \"\"x\"\"\",4\n\" edge \",5\n\"two\nlines\",6\n\u8106,7\n",
            new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes));
        Assert.Equal((byte)'C', bytes[0]);
    }

    [Theory]
    [InlineData(0.1, "0.1")]
    [InlineData(0.8600000143051147, "0.86")] // what single precision makes of 0.86
    [InlineData(1.0 / 3, "0.3333333333333333")]
    [InlineData(100000000, "100000000")]
    [InlineData(0.5, "0.5")]
    [InlineData(-2, "-2")]
    [InlineData(1e-9, "1E-09")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "Infinity")]
    public void Numbers_have_the_fewest_digits_that_give_them_again_in_every_culture(double value, string expected)
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            comma.NumberFormat.NumberDecimalSeparator = ",";
            CultureInfo.CurrentCulture = comma;
            Assert.Equal(expected, TableText.Of(value));
            Assert.Equal("0.86", TableText.Of(0.86f));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData("CaseId,Status,Value\na,b,1\n")]
    [InlineData("\uFEFFCaseId,Status,Value\r\n")]
    [InlineData("\"CaseId\",\"Status\",\"Value\"\n")]
    [InlineData("CaseId,Status\n")] // an older version
    [InlineData("CaseId,Status,Value,Later\n")] // a newer one
    [InlineData("")]
    public void The_same_table_is_replaced(string before)
    {
        File.WriteAllText(_folder["t.csv"], before);
        Write();
        Assert.Equal("CaseId,Status,Value\na,ok,1\n", File.ReadAllText(_folder["t.csv"]));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Theory]
    [InlineData("CaseId,Age,Sex\n1,60,f\n", "the first line 'CaseId,Age,Sex'")]
    [InlineData("CaseId\n1\n", "the first line 'CaseId'")]
    [InlineData("Status,CaseId,Value\n", "the first line 'Status,CaseId,Value'")]
    [InlineData("dear diary", "the first line 'dear diary'")]
    [InlineData("\0\u0001\u0002", "a file that is no text")]
    public void Another_file_is_not_replaced(string before, string found)
    {
        File.WriteAllText(_folder["t.csv"], before);
        string message = Assert.Throws<IOException>(Write).Message;
        Assert.StartsWith($"{_folder["t.csv"]}: found {found}, expected a table with the header 'CaseId,Status,Value'", message);
        Assert.Contains("Name another file", message, StringComparison.Ordinal);
        Assert.Throws<IOException>(() => TableFile.Check(_folder["t.csv"], s_header));
        Assert.Equal(before, File.ReadAllText(_folder["t.csv"]));
    }

    [Theory]
    [InlineData("a_seg.nii.gz")]
    [InlineData("a.NII")]
    [InlineData("a.mha")]
    [InlineData("a.hdr")]
    [InlineData("a.img")]
    public void The_name_of_a_volume_is_refused_whether_it_is_there_or_not(string name)
    {
        foreach (Action write in new Action[]
        {
            () => TableFile.Write(_folder[name], s_header, []),
            () => PageFile.Write(_folder[name], "Title", "<!DOCTYPE html>"),
            () => PngWriter.Save(_folder[name], 1, 1, [1, 2, 3]),
        })
        {
            Assert.Contains("found the ending of a volume", Assert.Throws<IOException>(write).Message, StringComparison.Ordinal);
        }

        Assert.False(File.Exists(_folder[name]));
    }

    [Fact]
    public void Tables_whose_last_columns_vary_go_by_the_first_ones()
    {
        File.WriteAllText(_folder["t.csv"], "CaseId,Status,loss a\n");
        TableFile.Write(_folder["t.csv"], ["CaseId", "Status", "loss b", "Dice"], [], fixedColumns: 2);
        Assert.Throws<IOException>(() => TableFile.Write(_folder["t.csv"], ["CaseId", "State", "Dice"], [], fixedColumns: 2));
    }

    [Fact]
    public void A_page_replaces_pages_of_the_library_only()
    {
        string head = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\" />";
        string ours = $"{head}{Markup.Write(PageFile.Generator())}</head></html>";
        Assert.Matches("content=\"Smml.MLNet [0-9]", ours);
        foreach (string before in new[] { ours, $"{head}<title>T</title><style>a</style>" })
        {
            File.WriteAllText(_folder["p.html"], before);
            PageFile.Write(_folder["p.html"], "T", ours);
            Assert.Equal(ours, File.ReadAllText(_folder["p.html"]));
        }

        foreach (string before in new[] { "notes", $"{head}<title>Mine</title><style>a</style>" })
        {
            File.WriteAllText(_folder["p.html"], before);
            Assert.Contains("Name another file", Assert.Throws<IOException>(() => PageFile.Write(_folder["p.html"], "T", ours)).Message);
            Assert.Equal(before, File.ReadAllText(_folder["p.html"]));
        }
    }

    [Fact]
    public void A_picture_replaces_pictures_only()
    {
        PngWriter.Save(_folder["p.png"], 1, 1, [1, 2, 3]);
        byte[] first = File.ReadAllBytes(_folder["p.png"]);
        PngWriter.Save(_folder["p.png"], 1, 1, [3, 2, 1]);
        Assert.NotEqual(first, File.ReadAllBytes(_folder["p.png"]));
        File.WriteAllText(_folder["p.png"], "not a picture");
        Assert.Contains(
            "expected a PNG picture", Assert.Throws<IOException>(() => PngWriter.Save(_folder["p.png"], 1, 1, [1, 2, 3])).Message);
        Assert.Equal("not a picture", File.ReadAllText(_folder["p.png"]));
    }

    public void Dispose() => _folder.Dispose();

    private void Write() => TableFile.Write(_folder["t.csv"], s_header, [["a", "ok", "1"]]);
}
