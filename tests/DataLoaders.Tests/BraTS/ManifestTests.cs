using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Smml.MLNet.Tests.BraTS;

/// <summary>Manifests obey their header.</summary>
public sealed class ManifestTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public static TheoryData<string, string> Manifests => new()
    {
        { "order", "CaseId,T1Path,T2Path,FlairPath,T1cePath\na,t1,t2,fl,\"t1,ce\"\n" },
        { "semicolons", "CaseId;T1Path;T2Path;FlairPath;T1cePath\r\na;t1;t2;fl;t1,ce\r\n" },
        { "tabs", "T2Path\tCaseId\tT1Path\tFlairPath\tT1cePath\nt2\ta\tt1\tfl\tt1,ce" },
        { "mark", "\uFEFFcaseid,FlairPath,T1cePath,T1Path,T2Path\n\n a ,fl,\"t1,ce\", \"t1\" ,t2\n" },
    };

    [Theory]
    [MemberData(nameof(Manifests))]
    public void Columns_stand_in_any_order_with_any_separator(string name, string text)
    {
        BraTSCase one = Load(Write(name + ".csv", text)).Single();
        Assert.Equal(("a", "fl", "t1,ce", "t1", "t2"), (one.CaseId, one.FlairPath, one.T1cePath, one.T1Path, one.T2Path));
        Assert.Equal(("", "", ""), (one.LabelPath, one.LabelConvention, one.Problem));
    }

    [Fact]
    public void One_scan_is_enough_and_names_may_be_of_any_language()
    {
        BraTSCase one = Load(Write("few.csv", "T2Path,CaseId,Problem\nM\u00FCller_t2.nii,M\u00FCller,\"two files, one scan\"\n")).Single();
        Assert.Equal(("M\u00FCller", "M\u00FCller_t2.nii", "two files, one scan"), (one.CaseId, one.T2Path, one.Problem));
    }

    [Theory]
    [InlineData("CaseId,FlairPath,Age\n", "found the column 'Age', which is not known")]
    [InlineData("id,flair,t1ce,t1,t2\n", "found the column 'id', which is not known")]
    [InlineData("FlairPath,T1Path\n", "found no column 'CaseId'")]
    [InlineData("CaseId,LabelPath\n", "found none of the columns FlairPath, T1cePath, T1Path, T2Path")]
    [InlineData("CaseId,FlairPath,FlairPath\n", "found the column 'FlairPath' twice")]
    [InlineData("", "found an empty file")]
    public void A_header_that_cannot_be_obeyed_is_refused(string text, string reason)
    {
        string path = Write("bad.csv", text);
        string message = Assert.Throws<InvalidDataException>(() => _ml.Data.CreateBraTSManifestLoader().Load(path)).Message;
        Assert.StartsWith($"{path}: {reason}", message, StringComparison.Ordinal);
        Assert.Equal(message, Assert.Throws<InvalidDataException>(() => _ml.Data.CreateBraTSManifestLoader(path)).Message);
        if (text.Length > 0)
            Assert.Contains(
                string.Join(", ", typeof(BraTSCase).GetProperties().Select(property => property.Name)), message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a,f", "line 3: found 2 cells, expected 3 as in the header (CaseId, FlairPath, T1Path)")]
    [InlineData("a,f,t,x", "line 3: found 4 cells, expected 3")]
    [InlineData("a,\"f,t", "line 3: found a quote that is not closed")]
    public void A_line_that_does_not_fit_the_header_is_refused(string line, string reason)
    {
        string path = Write("bad.csv", $"CaseId,FlairPath,T1Path\nfine,f,t\n{line}\n");
        Assert.StartsWith(
            $"{path}, {reason}",
            Assert.Throws<InvalidDataException>(() => _ml.Data.CreateBraTSManifestLoader().Load(path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_manifest_that_was_written_is_UTF_8_and_comes_back()
    {
        BraTSCase[] cases =
        [
            new() { CaseId = "M\u00F6ller", FlairPath = " edge.nii", Problem = "two \"files\", one scan", UnusedFiles = "a.nii|b.nii" },
            new() { CaseId = "b", T2Path = "b.nii" },
        ];
        BraTSDataset.WriteManifest(_folder["cases.csv"], cases);
        BraTSDataset.WriteManifest(_folder["cases.csv"], cases); // a manifest may be replaced
        Assert.Equal(cases.Select(Cells), Load(_folder["cases.csv"]).Select(Cells));
        Assert.Contains("M\u00F6ller", File.ReadAllText(_folder["cases.csv"], new UTF8Encoding(false, throwOnInvalidBytes: true)));

        File.WriteAllText(_folder["other.csv"], "CaseId,Age\n");
        Assert.Throws<IOException>(() => BraTSDataset.WriteManifest(_folder["other.csv"], cases));
        Assert.Throws<IOException>(() => BraTSDataset.WriteManifest(_folder["b_seg.nii.gz"], cases));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_loader_is_saved_with_a_model_and_loaded_by_ML_NET_alone(bool isReordered)
    {
        string path = isReordered
            ? Write("cases.csv", "T2Path;CaseId;LabelPath;FlairPath\nt2.nii;a;s.nii;f,1.nii\n;b;;f.nii\n")
            : Write("cases.csv", "CaseId,FlairPath,T1cePath,T1Path,T2Path,LabelPath\na,\"f,1.nii\",,,t2.nii,s.nii\nb,f.nii,,,,\n");
        BraTSManifestLoader loader = isReordered ? _ml.Data.CreateBraTSManifestLoader(path) : _ml.Data.CreateBraTSManifestLoader();
        Assert.Equal(loader.GetOutputSchema().Select(column => column.Name), loader.Load(path).Schema.Select(column => column.Name));
        ITransformer model = _ml.Transforms.CopyColumns("Copy", "CaseId").Fit(loader.Load(path));
        _ml.Model.Save(model, loader, _folder["model.zip"]);

        MLContext other = new();
        ITransformer loaded = other.Model.LoadWithDataLoader(_folder["model.zip"], out IDataLoader<IMultiStreamSource> stock);
        IDataView rows = stock.Load(new MultiFileSource(path));
        Assert.Equal(Load(path).Select(Cells), _ml.Data.CreateEnumerable<BraTSCase>(rows, reuseRowObject: false).Select(Cells));
        Assert.Equal(["a", "b"], loaded.Transform(loader.Load(path)).GetColumn<string>("Copy"));
    }

    public void Dispose() => _folder.Dispose();

    private static string Cells(BraTSCase item) =>
        string.Join('|', typeof(BraTSCase).GetProperties().Select(property => (string?)property.GetValue(item) ?? "null"));

    private string Write(string name, string text) => _folder.Write(name, Encoding.UTF8.GetBytes(text));

    private BraTSCase[] Load(string path) =>
        [.. _ml.Data.CreateEnumerable<BraTSCase>(_ml.Data.CreateBraTSManifestLoader().Load(path), reuseRowObject: false)];
}
