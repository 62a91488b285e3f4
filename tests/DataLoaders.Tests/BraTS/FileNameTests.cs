using CsCheck;
using Smml.MLNet.Layouts;
using Smml.MLNet.Phantom;
using Smml.MLNet.ScanNames;

namespace Smml.MLNet.Tests.BraTS;

/// <summary>Whatever a layout writes, it reads again.</summary>
public sealed class FileNameTests
{
    private static readonly FileEndings[] s_endings = [Names2012.Endings, Names2017.Endings, Names2023.Endings];

    private static readonly Gen<FileKind> s_kind = Gen.Enum<FileKind>().Where(kind => kind != FileKind.AllScans);

    [Fact]
    public void Every_name_that_phantoms_get_is_read_as_the_same_case_file_and_convention() =>
        Gen.Select(Gen.Enum<PhantomLayout>(), Gen.Int[0, 998], s_kind, Gen.Bool, Gen.Bool).Sample((layout, index, kind, compress, is2023) =>
        {
            PhantomOptions options = layout == PhantomLayout.Plain && is2023
                ? new() { Labels = LabelConvention.BraTS2023, Compress = compress }
                : new() { Layout = layout, Compress = compress };
            PhantomNames names = new(options);
            string id = names.CaseId(index);
            kind = names.IsOneFile && kind != FileKind.Label ? FileKind.AllScans : kind;
            LayoutFile read = KnownLayouts.Read(LayoutPath.Of(Path.Combine("data", names.PathOf(id, kind)))!)!;
            Assert.Equal((id, kind, options.Labels), (read.CaseId, read.Kind, read.Convention));
        });

    [Fact]
    public void A_name_is_read_whatever_the_case_is_called() =>
        Gen
            .Select(Gen.String[Gen.Char["abzAZ019_-. "], 1, 20], s_kind, Gen.Int[0, 2].Select(index => s_endings[index]))
            .Sample((id, kind, endings) =>
                Assert.Equal((id, kind), endings.Split(endings.Join(id, kind))!.Value));

    [Fact]
    public void Words_for_a_modality_are_found_between_any_others()
    {
        string[] words = ["fla", "T2-FLAIR", "t1ce", "T1_Gd", "t1c", "T1", "t1w", "t2", "T2w", "segm"],
            others = ["anna", "2020", "bet", "sub 01"],
            separators = ["_", "-", ".", " "];
        Gen.Select(Gen.Int[0, words.Length - 1], Gen.Int[0, others.Length - 1], Gen.Int[0, separators.Length - 1])
            .Sample((word, other, separator) =>
            {
                FileKind? alone = ScanName.Read(words[word]).Kind;
                Assert.NotNull(alone);
                Assert.Equal(alone, ScanName.Read(string.Join(separators[separator], others[other], words[word], others[other])).Kind);
            });
    }
}
