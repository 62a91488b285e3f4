using Smml.MLNet.Files;

namespace Smml.MLNet.Tests.Files;

public sealed class SafeFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Target => _folder["target.bin"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_is_created_and_replaced_as_a_whole()
    {
        SafeFile.Replace(Target, path => File.WriteAllText(path, "a longer first text"));
        SafeFile.Replace(Target, file => file.Write("second"u8));

        Assert.Equal("second", File.ReadAllText(Target));
        Assert.Equal([Target], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_writer_that_fails_leaves_the_old_file_and_no_partial_one(bool asStream)
    {
        File.WriteAllText(Target, "old");

        IOException error = Assert.Throws<IOException>(() =>
        {
            if (asStream)
                SafeFile.Replace(Target, file => Fail(() => file.Write("new"u8)));
            else
                SafeFile.Replace(Target, path => Fail(() => File.WriteAllText(path, "new")));
        });

        Assert.Equal("the disk is full", error.Message);
        Assert.Equal("old", File.ReadAllText(Target));
        Assert.Equal([Target], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_writer_that_makes_no_file_is_an_error_and_changes_nothing()
    {
        File.WriteAllText(Target, "old");

        Assert.Throws<FileNotFoundException>(() => SafeFile.Replace(Target, (string _) => { }));

        Assert.Equal("old", File.ReadAllText(Target));
    }

    [Fact]
    public void A_target_that_cannot_be_replaced_leaves_no_partial_file()
    {
        Directory.CreateDirectory(Target);

        Assert.ThrowsAny<Exception>(() => SafeFile.Replace(Target, file => file.Write("new"u8)));

        Assert.Equal([Target], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Writers_at_the_same_time_never_mix_their_contents()
    {
        byte[][] contents = [.. Enumerable.Range(1, 8).Select(value => Enumerable.Repeat((byte)value, 10_000 * value).ToArray())];
        SafeFile.Replace(Target, file => file.Write(contents[0]));

        Parallel.For(0, 200, i =>
        {
            byte[] own = contents[i % contents.Length];
            SafeFile.Replace(Target, file =>
            {
                file.Write(own, 0, own.Length / 2);
                file.Flush();
                file.Write(own, own.Length / 2, own.Length - (own.Length / 2));
            });
            byte[] found = File.ReadAllBytes(Target);
            Assert.Equal(contents[found[0] - 1], found);
        });

        Assert.Equal([Target], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void What_a_killed_process_left_goes_and_no_other_file()
    {
        string left = $"{Target}.{Guid.NewGuid():N}.tmp";
        string[] others =
        [
            _folder["target.bin.notes.tmp"],
            _folder["a.target.bin.00000000000000000000000000000000.tmp"],
            _folder["target.bin.tmp"],
            Target,
        ];
        foreach (string path in (string[])[left, .. others])
            File.WriteAllText(path, "a part");

        SafeFile.RemoveAbandoned(Target);

        Assert.Equal(others.Order(), Directory.GetFileSystemEntries(_folder.Path).Order());
        SafeFile.RemoveAbandoned(_folder["no such folder/target.bin"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_being_written_stays_until_it_has_its_name(bool asStream)
    {
        if (asStream)
            SafeFile.Replace(Target, file =>
            {
                file.Write("ne"u8);
                SafeFile.RemoveAbandoned(Target);
                file.Write("w"u8);
            });
        else
            SafeFile.Replace(Target, path =>
            {
                File.WriteAllText(path, "new");
                SafeFile.RemoveAbandoned(Target); // nobody writes to it at this moment, and it has not yet the name of the target
            });

        Assert.Equal("new", File.ReadAllText(Target));
        Assert.Equal([Target], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Writers_and_cleaners_at_the_same_time_never_fail()
    {
        Parallel.For(0, 2000, i =>
        {
            if (i % 2 == 0)
                SafeFile.RemoveAbandoned(Target);
            else
                SafeFile.Replace(Target, file => file.Write("content"u8));
        });

        Assert.Equal("content", File.ReadAllText(Target));
        Assert.Equal([Target], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_reader_may_hold_the_file_while_it_is_replaced()
    {
        File.WriteAllText(Target, "old");
        using FileStream reader = File.OpenRead(Target);

        SafeFile.Replace(Target, file => file.Write("new"u8));

        Assert.Equal("new", File.ReadAllText(Target));
    }

    private static void Fail(Action first)
    {
        first();
        throw new IOException("the disk is full");
    }
}
