using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Smml.MLNet.Tests.CommandLine;

namespace Smml.MLNet.Tests.Service;

/// <summary>The example of a service: what it answers, what it refuses, what it keeps, and what happens when its model changes.</summary>
public sealed class ServiceTests(ServiceTests.Scored scored) : IClassFixture<ServiceTests.Scored>
{
    private static readonly string[] s_names = ["flair", "t1ce", "t1", "t2"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Eight_cases_at_once_give_the_voxels_of_the_command_line_and_bad_ones_their_reason()
    {
        using TemporaryFolder scratch = new();
        Directory.CreateDirectory(scratch["smml-service-999999999-left"]); // by a service that was killed
        using ServiceProcess service = new(scored.Zip, scratch.Path, "--Service:Workers=2", "--Service:MaxRequestBytes=2000000");
        Assert.Empty(Directory.EnumerateFileSystemEntries(scratch.Path));
        byte[] damaged = [.. scored.Scan(1, "t1")];
        damaged.AsSpan(60, 300).Fill(0xFF);
        byte[] flair = scored.Scan(1, "flair");
        (HttpContent Content, HttpStatusCode Status, string Mentions)[] bad =
        [
            (ServiceProcess.Form(("flair", flair), ("t1", damaged)), HttpStatusCode.UnprocessableEntity, "t1.nii.gz"),
            (ServiceProcess.Form(("flair", flair), ("t2", "%PDF-1.7"u8.ToArray())), HttpStatusCode.UnprocessableEntity, "t2.nii.gz"),
            (ServiceProcess.Form(("flair", flair), ("flair", flair)), HttpStatusCode.BadRequest, "two parts named 'flair'"),
            (ServiceProcess.Form(("dwi", flair)), HttpStatusCode.BadRequest, "expected flair, t1ce, t1 or t2"),
            (new MultipartFormDataContent { { new ByteArrayContent([]), "flair" } }, HttpStatusCode.BadRequest, "Found no scan"),
            (ServiceProcess.Form(("flair", new byte[3_000_000])), HttpStatusCode.RequestEntityTooLarge, "Service:MaxRequestBytes"),
            (Cut(), HttpStatusCode.BadRequest, "damaged or was cut"),
            (new StringContent("{}"), HttpStatusCode.UnsupportedMediaType, "multipart/form-data"),
        ];
        Task<JsonElement>[] good = [.. Enumerable.Range(0, 8).Select(i => SegmentAsync(service, 1 + (i % 2)))];
        foreach ((HttpContent content, HttpStatusCode status, string mentions) in bad)
        {
            using (content)
            using (HttpResponseMessage answer = await service.Client.PostAsync("segment", content, Cancellation))
            {
                string text = await answer.Content.ReadAsStringAsync(Cancellation);
                Assert.True(answer.StatusCode == status, $"{answer.StatusCode}, expected {status}: {text}");
                Assert.Contains(mentions, JsonDocument.Parse(text).RootElement.GetProperty("detail").GetString());
                Assert.DoesNotContain(scratch.Path, text);
            }
        }

        for (int i = 0; i < good.Length; i++)
        {
            JsonElement answer = await good[i];
            Assert.Equal(scored.Voxels(1 + (i % 2)), Voxels(answer));
            Assert.Equal("Flair+T1ce+T1+T2", answer.GetProperty("modalities").GetString());
            Assert.InRange(answer.GetProperty("agreement").GetDouble(), 0, 1);
            Assert.Equal(
                Voxels(answer).Count(label => label != 0) * scored.VoxelMillilitres,
                answer.GetProperty("millilitres").GetProperty("WholeTumor").GetDouble(),
                1e-6);
            Assert.Contains("Research use only", answer.GetProperty("notice").GetString());
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(scratch.Path));
        Assert.DoesNotContain("Mustermann", service.Logged);
        Assert.DoesNotContain(scratch.Path, service.Logged);
        Assert.Contains("A request was done", service.Logged);
    }

    [Fact]
    public async Task A_full_waiting_line_is_said_at_once_and_a_sender_that_leaves_makes_room()
    {
        using TemporaryFolder scratch = new();
        using ServiceProcess service = new(scored.Zip, scratch.Path, "--Service:QueueLength=0");
        using CancellationTokenSource leave = new();
        using StalledContent stalled = new();
        using MultipartFormDataContent slow = new() { { stalled, "flair", "flair.nii.gz" } };
        Task<HttpResponseMessage> first = service.Client.PostAsync("segment", slow, leave.Token);
        await stalled.Begun; // the upload of the only place has begun
        while (Directory.GetDirectories(scratch.Path).Length == 0)
            await Task.Delay(20, Cancellation);
        using (MultipartFormDataContent form = ServiceProcess.Form(("flair", scored.Scan(1, "flair"))))
        using (HttpResponseMessage second = await service.Client.PostAsync("segment", form, Cancellation))
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, second.StatusCode);
            Assert.Equal(TimeSpan.FromSeconds(5), second.Headers.RetryAfter!.Delta);
        }

        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        HttpStatusCode status = HttpStatusCode.TooManyRequests;
        for (int i = 0; status == HttpStatusCode.TooManyRequests && i < 100; i++)
        {
            using MultipartFormDataContent form = ServiceProcess.Form(("flair", scored.Scan(1, "flair")));
            using HttpResponseMessage third = await service.Client.PostAsync("segment", form, Cancellation);
            status = third.StatusCode;
            await Task.Delay(50, Cancellation);
        }

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Empty(Directory.EnumerateFileSystemEntries(scratch.Path));
    }

    [Fact]
    public async Task A_case_that_takes_too_long_is_ended()
    {
        using TemporaryFolder scratch = new();
        using ServiceProcess service = new(scored.Zip, scratch.Path, "--Service:TimeoutSeconds=0.000001");
        using MultipartFormDataContent form = ServiceProcess.Form(("flair", scored.Scan(1, "flair")));
        using HttpResponseMessage answer = await service.Client.PostAsync("segment", form, Cancellation);
        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
        Assert.Empty(Directory.EnumerateFileSystemEntries(scratch.Path));
    }

    [Fact]
    public async Task Another_model_takes_over_during_200_requests_and_none_is_lost()
    {
        using TemporaryFolder folder = new();
        string zip = folder["model.zip"], scratch = Directory.CreateDirectory(folder["scratch"]).FullName;
        File.Copy(scored.Zip, zip);
        using ServiceProcess service = new(zip, scratch, "--Service:QueueLength=200", "--Service:ModelCheckSeconds=0.1");
        string before = await ModelAsync(service);
        byte[] flair = scored.Scan(1, "flair");
        int done = 0;
        Task<JsonElement>[] requests = [.. Enumerable.Range(0, 4).SelectMany(_ => Enumerable.Range(0, 50)).Select(async _ =>
        {
            using MultipartFormDataContent form = ServiceProcess.Form(("flair", flair));
            using HttpResponseMessage answer = await service.Client.PostAsync("segment", form, Cancellation);
            string text = await answer.Content.ReadAsStringAsync(Cancellation);
            Assert.True(answer.IsSuccessStatusCode, text);
            Interlocked.Increment(ref done);
            return JsonDocument.Parse(text).RootElement;
        })];
        while (Volatile.Read(ref done) < 20)
            await Task.Delay(20, Cancellation);
        File.Copy(scored.OtherZip, folder["new.zip"]);
        File.Move(folder["new.zip"], zip, overwrite: true);
        JsonElement[] answers = await Task.WhenAll(requests);
        string after = await ModelAsync(service);
        Assert.NotEqual(before, after);
        ILookup<string, float[]> found = answers.ToLookup(one => one.GetProperty("model").GetString()!, Voxels);
        Assert.Equal(new[] { before, after }.Order(StringComparer.Ordinal), found.Select(group => group.Key).Order(StringComparer.Ordinal));
        Assert.All(found, group => Assert.All(group, voxels => Assert.Equal(group.First(), voxels)));
        Assert.NotEqual(found[before].First(), found[after].First());

        File.WriteAllText(zip, "no model"); // a file that cannot be used changes nothing but what is said
        string ready = "ready";
        for (int i = 0; ready == "ready" && i < 200; i++)
        {
            await Task.Delay(50, Cancellation);
            ready = await service.Client.GetStringAsync("health/ready", Cancellation);
        }

        Assert.Contains("earlier model", ready);
        Assert.Equal(found[after].First(), Voxels(await SegmentAsync(service, 1, "flair")));
    }

    [Fact]
    public void Wrong_settings_end_the_start_with_every_rule_that_they_break()
    {
        using TemporaryFolder scratch = new();
        string message = Assert.Throws<InvalidOperationException>(
            () => new ServiceProcess("", scratch.Path, "--Service:Workers=0", "--Service:ReviewBelow=2")).Message;
        Assert.All(["Service:Model", "Service:Workers", "Service:ReviewBelow"], setting => Assert.Contains(setting, message));
    }

    private static async Task<string> ModelAsync(ServiceProcess service) =>
        JsonDocument.Parse(await service.Client.GetStringAsync("model", Cancellation)).RootElement.GetProperty("sha256").GetString()!;

    private async Task<JsonElement> SegmentAsync(ServiceProcess service, int number, params string[] names)
    {
        using MultipartFormDataContent form =
            ServiceProcess.Form((names.Length == 0 ? s_names : names).Select(name => (name, scored.Scan(number, name))));
        using HttpResponseMessage answer = await service.Client.PostAsync("segment", form, Cancellation);
        string text = await answer.Content.ReadAsStringAsync(Cancellation);
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }

    private static float[] Voxels(JsonElement answer)
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["seg.nii.gz"], answer.GetProperty("segmentation").GetBytesFromBase64());
        return VolumeFile.Read(folder["seg.nii.gz"]).Voxels.ToArray();
    }

    // A form that ends inside its first part.
    private static ByteArrayContent Cut()
    {
        ByteArrayContent content = new([.. "--x\r\nContent-Disposition: form-data; name=\"flair\"\r\n\r\nabc"u8]);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=x");
        return content;
    }

    /// <summary>An upload that begins and never ends.</summary>
    private sealed class StalledContent : HttpContent
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Begun => _begun.Task;

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.WriteAsync(new byte[1000], cancellationToken);
            await stream.FlushAsync(cancellationToken);
            _begun.SetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    /// <summary>Two cases, two models, and what the command line makes of the cases with the first.</summary>
    public sealed class Scored : IDisposable
    {
        private readonly TrainedModel _trained = new();
        private readonly string _results;

        public Scored()
        {
            _results = Path.Combine(_trained.Folder, "results");
            OtherZip = Path.Combine(_trained.Folder, "other.zip");
            SmmlProcess.Done("score", Zip, _trained.Cases, "--out", _results);
            SmmlProcess.Done(_trained.TrainArguments(OtherZip, seed: "4"));
        }

        public string Zip => _trained.Zip;

        public string OtherZip { get; }

        public double VoxelMillilitres => VolumeFile.ReadHeader(ResultOf(1)).Grid.VoxelVolume / 1000;

        public byte[] Scan(int number, string name) => File.ReadAllBytes(
            Directory.EnumerateFiles(_trained.Cases, $"Phantom_000{number}_{name}.nii.gz", SearchOption.AllDirectories).Single());

        public float[] Voxels(int number) => VolumeFile.Read(ResultOf(number)).Voxels.ToArray();

        public void Dispose() => _trained.Dispose();

        private string ResultOf(int number) => Path.Combine(_results, $"Phantom_000{number}_seg.nii.gz");
    }
}
