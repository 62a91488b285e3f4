using Smml.MLNet.Service;

// Segments uploaded scans over HTTP. Research use only, never a diagnosis. Settings: ServiceOptions; how to run it: README.md.
WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
ServiceOptions options = builder.Configuration.GetSection(ServiceOptions.Section).Get<ServiceOptions>() ?? new();
if (options.Errors() is { Count: > 0 } errors)
{
    await Console.Error.WriteLineAsync(string.Join(Environment.NewLine, errors));
    return 2;
}

builder.WebHost.ConfigureKestrel(server => server.Limits.MaxRequestBodySize = options.MaxRequestBytes);
builder.Services
    .AddSingleton(options)
    .AddSingleton<ModelSlot>()
    .AddHostedService<ModelWatcher>()
    .AddSingleton<WaitingLine>()
    .AddSingleton<ScratchSpace>();

WebApplication application = builder.Build();
application.Services.GetRequiredService<ScratchSpace>(); // clears away what a killed service left, before the first request
application.MapGet("/", () => Results.Stream(typeof(ServiceOptions).Assembly.GetManifestResourceStream("page.html")!, "text/html"));
application.MapPost("/segment", SegmentEndpoint.Handle);
application.MapGet("/model", ModelEndpoint.Describe);
application.MapGet("/health/live", () => Results.Text("alive"));
application.MapGet("/health/ready", ModelEndpoint.Ready);
await application.RunAsync();
return 0;
