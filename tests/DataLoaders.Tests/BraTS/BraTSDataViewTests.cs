using Microsoft.ML;
using Microsoft.ML.Data;

namespace Smml.MLNet.Tests.BraTS;

public sealed class BraTSDataViewTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Rows_are_the_cases_and_columns_are_the_properties()
    {
        _folder.Write("b/b_flair.nii.gz", []);
        _folder.Write("a/a_t1.nii.gz", []);
        IDataView data = _ml.Data.LoadBraTS(_folder.Path);

        Assert.Equal(typeof(BraTSCase).GetProperties().Select(property => property.Name), data.Schema.Select(column => column.Name));
        Assert.All(data.Schema, column => Assert.Equal(TextDataViewType.Instance, column.Type));
        Assert.Equal(2, data.GetRowCount());
        BraTSCase[] cases = [.. _ml.Data.CreateEnumerable<BraTSCase>(data, reuseRowObject: false)];
        Assert.Equal(["a", "b"], cases.Select(item => item.CaseId));
        Assert.Equal(["", _folder["b/b_flair.nii.gz"]], cases.Select(item => item.FlairPath));
    }

    [Fact]
    public void A_shuffled_cursor_visits_every_row_once_in_the_order_of_its_seed()
    {
        IDataView data = _ml.Data.LoadBraTS(Cases(50));
        Assert.True(data.CanShuffle);
        string[] plain = Ids(data, null), first = Ids(data, 1), again = Ids(data, 1), second = Ids(data, 2);

        Assert.Equal(first, again);
        Assert.NotEqual(plain, first);
        Assert.NotEqual(first, second);
        Assert.Equal(plain, first.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Only_columns_that_were_asked_for_can_be_read()
    {
        IDataView data = _ml.Data.LoadBraTS(Cases(1));
        using DataViewRowCursor cursor = data.GetRowCursor([data.Schema["CaseId"]]);
        Assert.True(cursor.IsColumnActive(data.Schema["CaseId"]));
        Assert.False(cursor.IsColumnActive(data.Schema["T1Path"]));
        Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<ReadOnlyMemory<char>>(data.Schema["T1Path"]));
        Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<float>(data.Schema["CaseId"]));
        ValueGetter<ReadOnlyMemory<char>> getter = cursor.GetGetter<ReadOnlyMemory<char>>(data.Schema["CaseId"]);
        ReadOnlyMemory<char> value = default;
        Assert.Throws<InvalidOperationException>(() => getter(ref value));
        Assert.True(cursor.MoveNext());
        getter(ref value);
        Assert.Equal("case-000", value.ToString());
        Assert.False(cursor.MoveNext());
    }

    [Fact]
    public void Ml_net_can_split_shuffle_and_take()
    {
        IDataView data = _ml.Data.LoadBraTS(Cases(20));
        DataOperationsCatalog.TrainTestData split = _ml.Data.TrainTestSplit(data, testFraction: 0.3);
        Assert.Equal(20, Ids(split.TrainSet, null).Length + Ids(split.TestSet, null).Length);
        Assert.Equal(20, Ids(_ml.Data.ShuffleRows(data, seed: 3), null).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(["case-000", "case-001"], Ids(_ml.Data.TakeRows(data, 2), null));
    }

    [Fact]
    public void A_manifest_comes_back_as_it_was_written()
    {
        BraTSCase[] cases =
        [
            new() { CaseId = "one", FlairPath = "with space/a, b.nii.gz", LabelConvention = "BraTS2018" },
            new()
            {
                CaseId = "two \"quoted\"",
                T1cePath = " edge.nii ",
                T1Path = "c:1.nii",
                T2Path = "d.nii",
                LabelPath = "\"e\".nii",
                Layout = "BraTS 2023 (GLI)",
                Grade = "LGG",
            },
        ];
        BraTSDataset.WriteManifest(_folder["cases.csv"], cases);

        IDataView data = _ml.Data.CreateBraTSManifestLoader().Load(_folder["cases.csv"]);
        IDataView typed = _ml.Data.LoadFromTextFile<BraTSCase>(
            _folder["cases.csv"], separatorChar: ',', hasHeader: true, allowQuoting: true);

        Assert.Equal(cases.Select(Cells), _ml.Data.CreateEnumerable<BraTSCase>(data, reuseRowObject: false).Select(Cells));
        Assert.Equal(cases.Select(Cells), _ml.Data.CreateEnumerable<BraTSCase>(typed, reuseRowObject: false).Select(Cells));
        Assert.Throws<ArgumentException>(() => BraTSDataset.WriteManifest(_folder["bad.csv"], [new() { CaseId = "a\nb" }]));
    }

    [Fact]
    public void A_manifest_of_an_older_version_lacks_the_last_columns_and_is_read_all_the_same()
    {
        _folder.Write("old.csv", System.Text.Encoding.UTF8.GetBytes(
            "CaseId,FlairPath,T1cePath,T1Path,T2Path,LabelPath,LabelConvention\na,f.nii,,,,s.nii,BraTS2018\nb,,c.nii,,,,\n"));
        BraTSCase[] cases =
        [
            .. _ml.Data.CreateEnumerable<BraTSCase>(_ml.Data.CreateBraTSManifestLoader().Load(_folder["old.csv"]), reuseRowObject: false),
        ];
        Assert.Equal(["a|f.nii||||s.nii|BraTS2018||||", "b||c.nii||||||||"], cases.Select(Cells));
    }

    public void Dispose() => _folder.Dispose();

    private static IEnumerable<BraTSCase> Cases(int count) =>
        Enumerable.Range(0, count).Select(i => new BraTSCase { CaseId = $"case-{i:000}" });

    private static string Cells(BraTSCase item) =>
        string.Join('|', typeof(BraTSCase).GetProperties().Select(property => (string?)property.GetValue(item) ?? "null"));

    private static string[] Ids(IDataView data, int? seed)
    {
        using DataViewRowCursor cursor = data.GetRowCursor([data.Schema["CaseId"]], seed is { } value ? new Random(value) : null);
        ValueGetter<ReadOnlyMemory<char>> getter = cursor.GetGetter<ReadOnlyMemory<char>>(data.Schema["CaseId"]);
        List<string> ids = [];
        ReadOnlyMemory<char> id = default;
        while (cursor.MoveNext())
        {
            getter(ref id);
            ids.Add(id.ToString());
        }

        return [.. ids];
    }
}
