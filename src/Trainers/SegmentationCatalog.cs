using Microsoft.ML;
using Smml.MLNet.Ablation;
using Smml.MLNet.Cases;
using Smml.MLNet.Comparison;
using Smml.MLNet.Evaluation;
using Smml.MLNet.Exchange;
using Smml.MLNet.Persistence;
using Smml.MLNet.Scoring;

namespace Smml.MLNet;

/// <summary>Trainers and evaluation for segmentation, as ML.NET's task catalogs.</summary>
public sealed class SegmentationCatalog
{
    internal SegmentationCatalog(MLContext context)
    {
        Context = context;
        Trainers = new(context);
    }

    /// <summary>The trainers.</summary>
    public SegmentationTrainers Trainers { get; }

    internal MLContext Context { get; }

    /// <summary>What a fitted or loaded model is, and whether its weights are the ones that were saved.</summary>
    /// <param name="model">A chain with a segmentation stage, fitted here or loaded by <c>mlContext.Model.Load</c>.</param>
    /// <exception cref="InvalidOperationException">The model has no segmentation stage.</exception>
    /// <exception cref="InvalidDataException">The header or the weights are damaged, or a newer version wrote them.</exception>
    public SegmentationModelInfo Describe(ITransformer model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return ModelReader.Describe(model);
    }

    /// <summary>Dice of every case with each of the 15 modality subsets, or those of the options.</summary>
    /// <param name="model">A chain that begins with LoadVolumes and ends with a segmentation stage, fitted here or loaded.</param>
    /// <param name="cases">Rows with the columns of <see cref="BraTSCase"/>, labels and their convention included. A missing scan is
    /// simulated by an empty path, so that nothing of it reaches the model, not even through the crop or the normalisation.</param>
    /// <param name="options">Subsets, progress, cancellation; null for the defaults.</param>
    /// <returns>The scores. A case that cannot be scored is in <see cref="SegmentationReport.Failures"/>
    /// with its reason; the others are scored.</returns>
    /// <exception cref="ArgumentException">An option is out of range, or a column is missing or of another type.</exception>
    /// <exception cref="InvalidOperationException">There are no cases.</exception>
    public SegmentationReport Evaluate(ITransformer model, IDataView cases, EvaluationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(cases);
        options ??= new();
        options.Validate();
        return new Evaluator(Context, options).EvaluateSubsets(model, cases);
    }

    /// <summary>Dice of rows that a model has scored with the scans that they have.</summary>
    /// <param name="scored">Rows with the columns CaseId, LabelPath and the segmentation. Where there is a column LabelConvention, it says
    /// what the labels mean; without one they are read as the segmentation was written.</param>
    /// <param name="options">Column names, cancellation; null for the defaults.</param>
    /// <returns>The scores. A case that cannot be scored, or whose CaseId another row has too (capitals do not count), is in
    /// <see cref="SegmentationReport.Failures"/>; the others are scored.</returns>
    /// <exception cref="ArgumentException">An option is out of range, or a column is missing or of another type.</exception>
    public SegmentationReport Evaluate(IDataView scored, EvaluationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(scored);
        options ??= new();
        options.Validate();
        return new Evaluator(Context, options).EvaluateScored(scored);
    }

    /// <summary>Segments cases into a folder as <c>&lt;CaseId&gt;_seg.nii.gz</c>, with the scans that they have; labels are not needed. The
    /// next case is read and the last one written while the current one is computed. Cases that the folder already holds are taken over,
    /// where model, options and scans are the same and the hash of what was written verifies.</summary>
    /// <param name="model">A chain that begins with LoadVolumes and ends with a segmentation stage, fitted here or loaded.</param>
    /// <param name="cases">Rows with a column CaseId and at least one with a scan; others of <see cref="BraTSCase"/> may be
    /// missing.</param>
    /// <param name="folder">Where the files go; made where it does not exist. Records of the cases lie in its folder <c>cases</c>.</param>
    /// <param name="options">Windows, uncertainty, shard, progress, cancellation; null for the defaults.</param>
    /// <returns>What became of each case; one that cannot be segmented is in <see cref="ScoringReport.Failures"/>
    /// with its reason, the others are done.</returns>
    /// <exception cref="ArgumentException">An option is out of range, or a column is missing or of another type.</exception>
    /// <exception cref="InvalidOperationException">There are no cases, the model has no segmentation stage, or uncertainty was asked of a
    /// model with one network.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; cases that were done stay in the folder.</exception>
    public ScoringReport Score(ITransformer model, IDataView cases, string folder, ScoringOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(cases);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options ??= new();
        options.Validate();
        BraTSCase[] rows = CaseRows.Cases(cases, nameof(Score));
        return rows.Length > 0 ? new CaseScorer(Context, model, folder, options).Run(rows)
            : throw new InvalidOperationException(
                "There are no cases to segment: the data view has no row. Check the folder or the manifest that it was loaded from.");
    }

    /// <summary>Makes what segments one case at a time in memory, for services and viewers.</summary>
    /// <param name="model">A chain that begins with LoadVolumes and ends with a segmentation stage, fitted here or loaded.</param>
    /// <exception cref="InvalidOperationException">The model has no segmentation stage.</exception>
    /// <exception cref="InvalidDataException">The model is damaged, or a newer version wrote it.</exception>
    public CaseSegmenter CreateSegmenter(ITransformer model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new(Context, model);
    }

    /// <summary>Trains the rows of the paper's Table 4 one after another, on the same cases with the same seed, and scores each on cases
    /// that none of them saw.</summary>
    /// <param name="preparation">What comes before the trainer: LoadVolumes, CropForeground, NormalizeIntensity.</param>
    /// <param name="training">Rows with the columns of <see cref="BraTSCase"/> to train on.</param>
    /// <param name="heldOut">Rows with the columns of <see cref="BraTSCase"/>, labels included, to score.</param>
    /// <param name="options">Rows, training, where to keep the models; null trains all ten with the
    /// published settings and keeps nothing.</param>
    /// <exception cref="ArgumentException">An option is out of range, a case is in both parts, or a row needs cues and the data have none;
    /// nothing was trained.</exception>
    /// <exception cref="InvalidOperationException">The folder holds a row that was trained with other settings or on other cases, and
    /// nothing was trained; or a row could use fewer cases than the first.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; rows that were done stay in the folder.</exception>
    public AblationReport Ablate(
        IEstimator<ITransformer> preparation, IDataView training, IDataView heldOut, AblationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(preparation);
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(heldOut);
        options ??= new();
        options.Validate();
        return AblationStudy.Run(Context, preparation, training, heldOut, options);
    }

    /// <summary>Trains methods on the same cases with the same seed and, by default, the same number of steps, and
    /// compares them on cases that none of them saw. Methods with the same window see the same patches, and with the
    /// same number of masks the same masks.</summary>
    /// <param name="cases">Rows with the columns of <see cref="BraTSCase"/>, labels included.</param>
    /// <param name="methods">What is compared; differences are to the first.</param>
    /// <param name="options">Which cases are held out, the budget, where models are kept; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of range, two methods have one name, or a part
    /// has no case; nothing was trained.</exception>
    /// <exception cref="InvalidOperationException">The folder holds a method that was trained with other settings or on other cases, and
    /// nothing was trained.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; methods that were done stay in the folder.</exception>
    public ComparisonReport Compare(IDataView cases, IReadOnlyList<ComparisonMethod> methods, ComparisonOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(cases);
        ArgumentNullException.ThrowIfNull(methods);
        options ??= new();
        options.Validate(methods);
        return options.Folds is null
            ? MethodComparison.Run(Context, cases, methods, options)
            : FoldedComparison.Run(Context, cases, methods, options);
    }

    /// <inheritdoc cref="Compare(IDataView, IReadOnlyList{ComparisonMethod}, ComparisonOptions?)"/>
    public ComparisonReport Compare(IDataView cases, IReadOnlyList<SegmentationTrainerOptions> methods, ComparisonOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(methods);
        return Compare(cases, [.. methods.Select(method => new ComparisonMethod(method))], options);
    }

    /// <summary>Makes a model of weights that the published Python code trained, or that <see cref="Export"/> wrote. Sizes and number of
    /// classes are found from the shapes of the tensors; no code in the file is run, and the optimizer's state is passed over.</summary>
    /// <param name="path">A file of PyTorch (<c>.pth</c>, also of the format before 1.6) or <c>.safetensors</c>.</param>
    /// <param name="options">The method, and what weights do not tell; null only for a file that <see cref="Export"/> wrote.</param>
    /// <returns>The stage that segments. Put it behind the stages that prepare scans:
    /// <c>preparation.Fit(cases).Append(model)</c>.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="CheckpointFormatException">The file is damaged, or its weights are those of another network; unknown, missing and
    /// misshaped tensors are listed by name.</exception>
    /// <exception cref="ArgumentException">An option is out of range, or the method is needed and not named.</exception>
    public SegmentationTransformer Import(string path, ImportOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Import([path], options);
    }

    /// <inheritdoc cref="Import(string, ImportOptions?)"/>
    /// <param name="paths">The files of one model: two of SMML, or one that holds both students; for SMU-Net one per student.</param>
    /// <param name="options">The method, and what weights do not tell; null only for files that <see cref="Export"/> wrote.</param>
    public SegmentationTransformer Import(IReadOnlyList<string> paths, ImportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(paths);
        if (paths.Count == 0)
            throw new ArgumentException("There is no file to import; expected at least one.", nameof(paths));
        options ??= new();
        options.Validate();
        return ModelImporter.Import(Context, paths, options);
    }

    /// <summary>Has a training begin with the weights of a model: <c>options with { StartFrom = ml.Segmentation.StartingFrom(model)
    /// }</c>.</summary>
    /// <param name="model">Fitted, loaded or imported.</param>
    /// <exception cref="InvalidOperationException">The model has no segmentation stage.</exception>
    /// <exception cref="InvalidDataException">The model is damaged.</exception>
    public StartingModel StartingFrom(ITransformer model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return ModelReader.Start(model);
    }

    /// <inheritdoc cref="StartingFrom(ITransformer)"/>
    /// <param name="path">A model that was saved with <c>mlContext.Model.Save</c>.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public StartingModel StartingFrom(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
            throw new FileNotFoundException($"{path}: there is no such file. Give the zip of a trained model.", path);
        return StartingFrom(Context.Model.Load(path, out _));
    }

    /// <summary>Writes the weights of a model under the names of the released code, with which its
    /// <c>load_state_dict(strict=True)</c> succeeds. What only training needs, and what the released network has for no purpose, is filled
    /// up: see <see cref="WeightExport.Notes"/>.</summary>
    /// <param name="model">A fitted or loaded model.</param>
    /// <param name="path">The file: <c>.pth</c> or <c>.safetensors</c>. A model of several files gets a suffix for each before the
    /// extension. Files that exist are replaced when the new ones are complete.</param>
    /// <returns>The files, and what a reader of them should know.</returns>
    /// <exception cref="ArgumentException">The extension is another.</exception>
    /// <exception cref="InvalidOperationException">The model has no segmentation stage.</exception>
    /// <exception cref="InvalidDataException">The model is damaged.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public WeightExport Export(ITransformer model, string path)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(path);
        return ModelExporter.Export(model, path);
    }

    /// <summary>Writes a model as graphs of ONNX, which other programs run without this library and without libtorch: for each network an
    /// encoder per modality and a decoder, <c>&lt;network&gt;.encoder.&lt;modality&gt;.onnx</c> and <c>&lt;network&gt;.decoder.onnx</c>,
    /// and <c>joint.onnx</c>, which is the model on one window. All share <c>weights.bin</c>.</summary>
    /// <param name="model">A fitted or loaded model of SMML, mmFormer or RFNet.</param>
    /// <param name="folder">Where the files go; made where it does not exist. Files that exist are replaced.</param>
    /// <returns>The files, and what a reader of them should know.</returns>
    /// <exception cref="InvalidOperationException">The model is of another method, or has no segmentation stage.</exception>
    /// <exception cref="InvalidDataException">The model is damaged.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public WeightExport SaveOnnx(ITransformer model, string folder)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return OnnxExporter.Export(model, folder);
    }

    /// <summary>The trainers for segmentation.</summary>
    public sealed class SegmentationTrainers
    {
        private readonly MLContext _context;

        internal SegmentationTrainers(MLContext context) => _context = context;

        /// <summary>Semantic-guided masked mutual learning with the published settings but for the number of epochs.</summary>
        /// <param name="epochs">Passes over the training cases, 1 to 100000.</param>
        /// <param name="architecture">The network; null takes <see cref="SmmlArchitecture.Paper"/>.</param>
        public SmmlTrainer Smml(int epochs, SmmlArchitecture? architecture = null) =>
            Smml(new SmmlTrainerOptions { Epochs = epochs, Architecture = architecture ?? SmmlArchitecture.Paper });

        /// <summary>Semantic-guided masked mutual learning.</summary>
        /// <param name="options">Settings; null takes the published ones.</param>
        public SmmlTrainer Smml(SmmlTrainerOptions? options = null) => new(_context, options);

        /// <summary>mmFormer with the published settings but for the number of epochs.</summary>
        /// <param name="epochs">Passes over the training cases, 1 to 100000.</param>
        /// <param name="architecture">The network; null takes <see cref="MmFormerArchitecture.Paper"/>.</param>
        public MmFormerTrainer MmFormer(int epochs, MmFormerArchitecture? architecture = null) =>
            MmFormer(new MmFormerTrainerOptions { Epochs = epochs, Architecture = architecture ?? MmFormerArchitecture.Paper });

        /// <summary>mmFormer (MICCAI 2022): one network, one mask per sample.</summary>
        /// <param name="options">Settings; null takes the published ones.</param>
        public MmFormerTrainer MmFormer(MmFormerTrainerOptions? options = null) => new(_context, options);

        /// <summary>RFNet with the published settings but for the number of epochs.</summary>
        /// <param name="epochs">Epochs of 150 steps, 1 to 100000.</param>
        /// <param name="architecture">The network; null takes <see cref="RFNetArchitecture.Paper"/>.</param>
        public RFNetTrainer RFNet(int epochs, RFNetArchitecture? architecture = null) =>
            RFNet(new RFNetTrainerOptions { Epochs = epochs, Architecture = architecture ?? RFNetArchitecture.Paper });

        /// <summary>RFNet (ICCV 2021): region-aware fusion, one network, one mask per sample.</summary>
        /// <param name="options">Settings; null takes the published ones.</param>
        public RFNetTrainer RFNet(RFNetTrainerOptions? options = null) => new(_context, options);

        /// <summary>U-Net-MFI with the published settings but for the number of epochs.</summary>
        /// <param name="epochs">Passes over the training cases, 1 to 100000.</param>
        /// <param name="architecture">The network; null takes <see cref="UNetMfiArchitecture.Paper"/>.</param>
        public UNetMfiTrainer UNetMfi(int epochs, UNetMfiArchitecture? architecture = null) =>
            UNetMfi(new UNetMfiTrainerOptions { Epochs = epochs, Architecture = architecture ?? UNetMfiArchitecture.Paper });

        /// <summary>U-Net-MFI (MICCAI 2022): a U-Net per modality that exchange features, one mask per sample.</summary>
        /// <param name="options">Settings; null takes the published ones.</param>
        public UNetMfiTrainer UNetMfi(UNetMfiTrainerOptions? options = null) => new(_context, options);

        /// <summary>SMU-Net with the published settings but for the number of epochs.</summary>
        /// <param name="epochs">Passes over the training cases, 1 to 100000.</param>
        /// <param name="architecture">The networks; null takes <see cref="SmuNetArchitecture.Paper"/>.</param>
        public SmuNetTrainer SmuNet(int epochs, SmuNetArchitecture? architecture = null) =>
            SmuNet(new SmuNetTrainerOptions { Epochs = epochs, Architecture = architecture ?? SmuNetArchitecture.Paper });

        /// <summary>SMU-Net (MIDL 2022): a teacher that sees all scans, and a student for each incomplete subset of them.</summary>
        /// <param name="options">Settings; null takes the published ones.</param>
        public SmuNetTrainer SmuNet(SmuNetTrainerOptions? options = null) => new(_context, options);

        /// <summary>MCTSeg with the published settings but for the number of epochs.</summary>
        /// <param name="epochs">Passes over the training cases, 1 to 100000.</param>
        /// <param name="architecture">The network; null takes <see cref="MctSegArchitecture.Paper"/>.</param>
        public MctSegTrainer MctSeg(int epochs, MctSegArchitecture? architecture = null) =>
            MctSeg(new MctSegTrainerOptions { Epochs = epochs, Architecture = architecture ?? MctSegArchitecture.Paper });

        /// <summary>MCTSeg (arXiv 2404.14019): one network, one mask per sample, a teacher that sees all scans.</summary>
        /// <param name="options">Settings; null takes the published ones.</param>
        public MctSegTrainer MctSeg(MctSegTrainerOptions? options = null) => new(_context, options);

        /// <summary>M3AE with the published settings but for the number of epochs.</summary>
        /// <param name="epochs">Passes over the training cases, 1 to 100000, of which two thirds pre-train.</param>
        /// <param name="architecture">The network; null takes <see cref="M3aeArchitecture.Paper"/>.</param>
        public M3aeTrainer M3ae(int epochs, M3aeArchitecture? architecture = null) =>
            M3ae(new M3aeTrainerOptions { Epochs = epochs, Architecture = architecture ?? M3aeArchitecture.Paper });

        /// <summary>M3AE (AAAI 2023): one network, pre-trained to reconstruct hidden scans, two masks per sample.</summary>
        /// <param name="options">Settings; null takes the published ones.</param>
        public M3aeTrainer M3ae(M3aeTrainerOptions? options = null) => new(_context, options);

        /// <summary>The trainer of the method to which the options belong, for programs that choose a method at run time
        /// (<see cref="SegmentationMethods"/>).</summary>
        /// <param name="options">Settings of any method.</param>
        public SegmentationTrainer Create(SegmentationTrainerOptions options)
        {
            ArgumentNullException.ThrowIfNull(options);
            return new MethodTrainer(_context, options);
        }
    }
}
