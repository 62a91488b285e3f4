using System.Globalization;
using System.Text;
using Smml.MLNet.WeightFiles;

namespace Smml.MLNet.CueGeneration;

/// <summary>Makes an ONNX graph of a template without weights and a checkpoint that has them: each initializer is told at which byte of the
/// checkpoint it lies, so that the weights stay where they are (<c>onnx.proto</c>, TensorProto.external_data).</summary>
internal static class GraphLinker
{
    // Field numbers of onnx.proto.
    private const int ModelGraph = 7, GraphInitializer = 5, TensorDims = 1, TensorName = 8, TensorExternalData = 13,
        TensorDataLocation = 14, EntryKey = 1, EntryValue = 2;

    /// <summary>Links every initializer of the template that is marked as external.</summary>
    /// <param name="template">A serialised ModelProto.</param>
    /// <param name="checkpoint">The weights.</param>
    /// <returns>A ModelProto that onnxruntime loads from the folder of the checkpoint.</returns>
    /// <exception cref="CheckpointFormatException">A tensor is missing or has another shape.</exception>
    public static byte[] Link(ReadOnlySpan<byte> template, StateDict checkpoint)
    {
        List<byte> model = new(template.Length + (64 << 10));
        ProtobufFields fields = new(template);
        while (fields.Next())
        {
            if (fields.Number == ModelGraph)
                ProtobufFields.Write(model, ModelGraph, LinkGraph(fields.Content, checkpoint));
            else
                model.AddRange(fields.Raw);
        }

        return [.. model];
    }

    private static byte[] LinkGraph(ReadOnlySpan<byte> graph, StateDict checkpoint)
    {
        List<byte> linked = new(graph.Length + (64 << 10));
        ProtobufFields fields = new(graph);
        while (fields.Next())
        {
            if (fields.Number == GraphInitializer)
                ProtobufFields.Write(linked, GraphInitializer, LinkTensor(fields.Content, checkpoint));
            else
                linked.AddRange(fields.Raw);
        }

        return [.. linked];
    }

    private static ReadOnlySpan<byte> LinkTensor(ReadOnlySpan<byte> tensor, StateDict checkpoint)
    {
        List<byte> linked = [];
        List<long> shape = [];
        string name = "";
        bool isExternal = false;
        ProtobufFields fields = new(tensor);
        while (fields.Next())
        {
            if (fields.Number == TensorDims)
                AddDimensions(fields, shape);
            else if (fields.Number == TensorName)
                name = Encoding.UTF8.GetString(fields.Content);
            else if (fields.Number == TensorDataLocation)
                isExternal = fields.Value == 1;
            linked.AddRange(fields.Raw);
        }

        if (!isExternal)
            return tensor;
        if (!checkpoint.Tensors.TryGetValue(name, out StoredTensor? found))
            throw new CheckpointFormatException(
                $"{checkpoint.File.Path}: found {checkpoint.Tensors.Count} tensors, but not {name}. "
                + "Give the checkpoint of SAM-Med3D (architecture vit_b_ori), for example sam_med3d_turbo.pth.");
        if (!found.Shape.SequenceEqual(shape))
            throw new CheckpointFormatException(
                $"{checkpoint.File.Path}: found {name} of shape {found.ShapeText}, expected [{string.Join(", ", shape)}]. "
                + "Give the checkpoint of SAM-Med3D (architecture vit_b_ori), for example sam_med3d_turbo.pth.");
        if (found.ElementType != ElementType.Float32 || !found.IsContiguous)
            throw new CheckpointFormatException(
                $"{checkpoint.File.Path}: found the tensor {name} of {found.Storage.TypeName}{(found.IsContiguous ? "" : " with gaps")}, "
                + "expected 32-bit floats one after the other. Give the published checkpoint.");
        foreach ((string key, string value) in new[]
        {
            ("location", Path.GetFileName(checkpoint.File.Path)),
            ("offset", found.FileOffset.ToString(CultureInfo.InvariantCulture)),
            ("length", found.ByteCount.ToString(CultureInfo.InvariantCulture)),
        })
        {
            List<byte> entry = [];
            ProtobufFields.Write(entry, EntryKey, key);
            ProtobufFields.Write(entry, EntryValue, value);
            ProtobufFields.Write(linked, TensorExternalData, [.. entry]);
        }

        return linked.ToArray();
    }

    // Written one by one, or packed into one field.
    private static void AddDimensions(ProtobufFields field, List<long> shape)
    {
        if (field.Content.IsEmpty)
        {
            shape.Add((long)field.Value);
            return;
        }

        long value = 0;
        int shift = 0;
        foreach (byte part in field.Content)
        {
            value |= (long)(part & 0x7F) << shift;
            shift += 7;
            if (part < 0x80)
            {
                shape.Add(value);
                (value, shift) = (0, 0);
            }
        }
    }
}
