using System.Globalization;
using System.Text;

namespace Smml.MLNet.Html;

/// <summary>The border of a region of pixels as an SVG path.</summary>
internal static class Outline
{
    /// <summary>Closed lines through the middles of the pixel edges where the region ends: holes
    /// and islands are lines of their own.</summary>
    /// <param name="isIn">Whether a column and row are in the region.</param>
    /// <param name="columns">The number of columns.</param>
    /// <param name="rows">The number of rows.</param>
    /// <returns>In half pixels, from the left upper corner of the first pixel; empty where there is no pixel.</returns>
    public static string Trace(Func<int, int, bool> isIn, int columns, int rows)
    {
        Dictionary<(int X, int Y), List<(int X, int Y)>> edges = Edges(
            (column, row) => column >= 0 && row >= 0 && column < columns && row < rows && isIn(column, row), columns, rows);
        StringBuilder path = new();
        foreach ((int X, int Y) start in edges.Keys.ToArray())
        {
            while (edges.ContainsKey(start))
                Append(path, Middles(edges, start));
        }

        return path.ToString();
    }

    // Each edge between inside and outside, running with the inside on its right, by where it begins.
    private static Dictionary<(int X, int Y), List<(int X, int Y)>> Edges(Func<int, int, bool> isIn, int columns, int rows)
    {
        Dictionary<(int X, int Y), List<(int X, int Y)>> edges = [];
        void Add((int X, int Y) from, (int X, int Y) to)
        {
            if (!edges.TryGetValue(from, out List<(int X, int Y)>? ends))
                edges.Add(from, ends = []);
            ends.Add(to);
        }

        for (int y = 0; y < rows; y++)
        {
            for (int x = 0; x < columns; x++)
            {
                if (!isIn(x, y))
                    continue;
                if (!isIn(x, y - 1))
                    Add((x, y), (x + 1, y));
                if (!isIn(x + 1, y))
                    Add((x + 1, y), (x + 1, y + 1));
                if (!isIn(x, y + 1))
                    Add((x + 1, y + 1), (x, y + 1));
                if (!isIn(x - 1, y))
                    Add((x, y + 1), (x, y));
            }
        }

        return edges;
    }

    // Follows one line until it is closed and takes its edges away.
    private static List<(int X, int Y)> Middles(Dictionary<(int X, int Y), List<(int X, int Y)>> edges, (int X, int Y) start)
    {
        List<(int X, int Y)> middles = [];
        (int X, int Y) at = start;
        do
        {
            List<(int X, int Y)> ends = edges[at];
            (int X, int Y) to = ends[^1];
            ends.RemoveAt(ends.Count - 1);
            if (ends.Count == 0)
                edges.Remove(at);
            middles.Add((at.X + to.X, at.Y + to.Y));
            at = to;
        }
        while (at != start);
        return middles;
    }

    private static void Append(StringBuilder path, List<(int X, int Y)> points)
    {
        path.Append(CultureInfo.InvariantCulture, $"M{points[0].X} {points[0].Y}");
        (int X, int Y) from = points[0];
        for (int i = 1; i < points.Count; i++)
        {
            // A point on the straight line between its neighbours says nothing.
            (int X, int Y) to = points[i], next = points[(i + 1) % points.Count];
            if ((to.X - from.X) * (next.Y - to.Y) == (to.Y - from.Y) * (next.X - to.X))
                continue;
            path.Append(CultureInfo.InvariantCulture, $"l{to.X - from.X} {to.Y - from.Y}");
            from = to;
        }

        path.Append('z');
    }
}
