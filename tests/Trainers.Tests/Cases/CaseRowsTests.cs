using Microsoft.ML;
using Smml.MLNet.Cases;

namespace Smml.MLNet.Tests.Cases;

public sealed class CaseRowsTests
{
    [Fact]
    public void Rows_keep_every_text_of_their_case_and_pass_over_a_column_of_the_user_s_own()
    {
        MLContext ml = new(seed: 1);
        BraTSCase row = new() { CaseId = "x", T1Path = "a", Grade = "HGG", Layout = "BIDS", UnusedFiles = "b", Problem = "c" };
        BraTSCase read = Assert.Single(CaseRows.Cases(ml.Data.LoadBraTS([row]), "A test"));
        foreach ((string name, Func<BraTSCase, string> get, _) in BraTSCaseDataView.Columns)
            Assert.Equal((name, get(row)), (name, get(read)));
        IDataView numbered = ml.Data.LoadFromEnumerable([new { CaseId = "x", T1Path = "a", Grade = 4f }]);
        Assert.Equal("", Assert.Single(CaseRows.Cases(numbered, "A test")).Grade);
    }
}
