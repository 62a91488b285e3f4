using System.Collections;

namespace Smml.MLNet.Volumes;

/// <summary>The warnings about one file. The list grows while the file is read; as a list of strings it holds the texts.</summary>
internal sealed class VolumeWarnings : IReadOnlyList<string>
{
    private readonly List<VolumeWarning> _items = [];

    /// <summary>The warnings with their kinds.</summary>
    public IReadOnlyList<VolumeWarning> Items => _items;

    /// <inheritdoc/>
    public int Count => _items.Count;

    /// <inheritdoc/>
    public string this[int index] => _items[index].Text;

    /// <summary>Adds a warning that no code treats in its own way.</summary>
    public void Add(string text) => Add(VolumeWarningKind.Other, text);

    /// <summary>Adds a warning.</summary>
    public void Add(VolumeWarningKind kind, string text) => _items.Add(new(kind, text));

    /// <inheritdoc/>
    public IEnumerator<string> GetEnumerator() => _items.Select(item => item.Text).GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
