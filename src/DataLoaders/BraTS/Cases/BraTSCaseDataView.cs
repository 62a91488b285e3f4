using Microsoft.ML;
using Microsoft.ML.Data;

namespace Smml.MLNet.Cases;

/// <summary>Cases as ML.NET rows of text. Cases can be drawn in any order, so a shuffled cursor is truly shuffled.</summary>
internal sealed class BraTSCaseDataView : IDataView
{
    /// <summary>The columns in their order: the properties of <see cref="BraTSCase"/>.</summary>
    public static readonly (string Name, Func<BraTSCase, string> Get, Action<BraTSCase, string> Set)[] Columns =
    [
        (nameof(BraTSCase.CaseId), item => item.CaseId, (item, text) => item.CaseId = text),
        (nameof(BraTSCase.FlairPath), item => item.FlairPath, (item, text) => item.FlairPath = text),
        (nameof(BraTSCase.T1cePath), item => item.T1cePath, (item, text) => item.T1cePath = text),
        (nameof(BraTSCase.T1Path), item => item.T1Path, (item, text) => item.T1Path = text),
        (nameof(BraTSCase.T2Path), item => item.T2Path, (item, text) => item.T2Path = text),
        (nameof(BraTSCase.LabelPath), item => item.LabelPath, (item, text) => item.LabelPath = text),
        (nameof(BraTSCase.LabelConvention), item => item.LabelConvention, (item, text) => item.LabelConvention = text),
        (nameof(BraTSCase.Layout), item => item.Layout, (item, text) => item.Layout = text),
        (nameof(BraTSCase.Grade), item => item.Grade, (item, text) => item.Grade = text),
        (nameof(BraTSCase.Problem), item => item.Problem, (item, text) => item.Problem = text),
        (nameof(BraTSCase.UnusedFiles), item => item.UnusedFiles, (item, text) => item.UnusedFiles = text),
    ];

    private static readonly DataViewSchema s_schema = MakeSchema();

    private readonly IReadOnlyList<BraTSCase> _cases;

    public BraTSCaseDataView(IReadOnlyList<BraTSCase> cases) => _cases = cases;

    public DataViewSchema Schema => s_schema;

    public bool CanShuffle => true;

    public long? GetRowCount() => _cases.Count;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        int[] order = [.. Enumerable.Range(0, _cases.Count)];
        rand?.Shuffle(order);
        return new Cursor(_cases, order, columnsNeeded);
    }

    // One cursor is legal; the work is in the stages behind it, not here.
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private static DataViewSchema MakeSchema()
    {
        DataViewSchema.Builder builder = new();
        foreach ((string name, _, _) in Columns)
            builder.AddColumn(name, TextDataViewType.Instance);
        return builder.ToSchema();
    }

    private sealed class Cursor : DataViewRowCursor
    {
        private readonly IReadOnlyList<BraTSCase> _cases;
        private readonly int[] _order;
        private readonly bool[] _isActive = new bool[Columns.Length];
        private long _position = -1;

        public Cursor(IReadOnlyList<BraTSCase> cases, int[] order, IEnumerable<DataViewSchema.Column> columnsNeeded)
        {
            _cases = cases;
            _order = order;
            foreach (DataViewSchema.Column column in columnsNeeded)
                _isActive[column.Index] = true;
        }

        public override long Position => _position;

        public override long Batch => 0;

        public override DataViewSchema Schema => s_schema;

        private int Row =>
            _position >= 0 && _position < _order.Length
                ? _order[_position]
                : throw new InvalidOperationException("The cursor stands on no row; call MoveNext first.");

        public override bool IsColumnActive(DataViewSchema.Column column) => _isActive[column.Index];

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (!_isActive[column.Index])
                throw new InvalidOperationException($"The column {column.Name} was not asked for when the cursor was made.");
            Func<BraTSCase, string> get = Columns[column.Index].Get;
            ValueGetter<ReadOnlyMemory<char>> getter = (ref value) => value = get(_cases[Row]).AsMemory();
            return getter as ValueGetter<TValue> ?? throw new InvalidOperationException($"The column {column.Name} is text "
                + $"(ReadOnlyMemory<char>), not {typeof(TValue).Name}.");
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref value) => value = new((ulong)Row, 0);

        public override bool MoveNext() => _position < _order.Length && ++_position < _order.Length;
    }
}
