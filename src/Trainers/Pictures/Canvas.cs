namespace Smml.MLNet.Pictures;

/// <summary>Pixels to draw on; what falls outside is left out.</summary>
internal sealed class Canvas
{
    private readonly byte[] _rgb;

    public Canvas(int width, int height, Rgb background)
    {
        Width = width;
        Height = height;
        _rgb = new byte[3 * width * height];
        Fill(0, 0, width, height, background);
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Red, green and blue of each pixel, row by row from the top left.</summary>
    public ReadOnlySpan<byte> Pixels => _rgb;

    public Rgb this[int x, int y]
    {
        get
        {
            int i = 3 * (x + (Width * y));
            return new(_rgb[i], _rgb[i + 1], _rgb[i + 2]);
        }

        set
        {
            if ((uint)x >= (uint)Width || (uint)y >= (uint)Height)
                return;
            int i = 3 * (x + (Width * y));
            (_rgb[i], _rgb[i + 1], _rgb[i + 2]) = (value.R, value.G, value.B);
        }
    }

    public void Fill(int left, int top, int width, int height, Rgb colour)
    {
        for (int y = top; y < top + height; y++)
        {
            for (int x = left; x < left + width; x++)
                this[x, y] = colour;
        }
    }

    /// <summary>A square that is crossed out: nothing is there.</summary>
    public void Cross(int left, int top, int side, Rgb colour)
    {
        for (int i = 0; i < side; i++)
        {
            for (int thickness = 0; thickness < 2; thickness++)
            {
                this[left + i, top + Math.Min(side - 1, i + thickness)] = colour;
                this[left + i, top + Math.Max(0, side - 1 - i - thickness)] = colour;
                this[left + i, top + (thickness * (side - 1))] = colour;
                this[left + (thickness * (side - 1)), top + i] = colour;
            }
        }
    }

    /// <summary>A straight line of squares.</summary>
    public void Line(int fromX, int fromY, int toX, int toY, int thickness, Rgb colour)
    {
        int steps = Math.Max(1, Math.Max(Math.Abs(toX - fromX), Math.Abs(toY - fromY)));
        for (int i = 0; i <= steps; i++)
        {
            int x = fromX + (int)Math.Round((double)(toX - fromX) * i / steps),
                y = fromY + (int)Math.Round((double)(toY - fromY) * i / steps);
            Fill(x - (thickness / 2), y - (thickness / 2), thickness, thickness, colour);
        }
    }

    /// <summary>The same picture at half the size, each pixel the mean of four.</summary>
    public Canvas Halved()
    {
        Canvas half = new(Width / 2, Height / 2, Rgb.Black);
        for (int y = 0; y < half.Height; y++)
        {
            for (int x = 0; x < half.Width; x++)
            {
                Rgb a = this[2 * x, 2 * y], b = this[(2 * x) + 1, 2 * y], c = this[2 * x, (2 * y) + 1], d = this[(2 * x) + 1, (2 * y) + 1];
                half[x, y] = new(
                    (byte)((a.R + b.R + c.R + d.R + 2) / 4),
                    (byte)((a.G + b.G + c.G + d.G + 2) / 4),
                    (byte)((a.B + b.B + c.B + d.B + 2) / 4));
            }
        }

        return half;
    }

    /// <summary>A line of text; a letter without a glyph is a space.</summary>
    public void Text(int left, int top, string text, Rgb colour, int scale = 2)
    {
        foreach (char letter in text)
        {
            for (int y = 0; y < BitmapFont.Height; y++)
            {
                for (int x = 0; x < BitmapFont.Width; x++)
                {
                    if (BitmapFont.IsInk(letter, x, y))
                        Fill(left + (x * scale), top + (y * scale), scale, scale, colour);
                }
            }

            left += (BitmapFont.Width + 1) * scale;
        }
    }

    /// <summary>How many pixels wide a line of text is.</summary>
    public static int TextWidth(string text, int scale = 2) => ((text.Length * (BitmapFont.Width + 1)) - 1) * scale;
}
