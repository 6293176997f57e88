using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Contracts.Datasets.Messages;
using FineTuneAspire.Contracts.Training.Messages;
using FineTuneAspire.ServiceDefaults.Json;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FineTuneAspire.Training.Tests;

/// <summary>Datasets as Training sees it: files over HTTP by project, answers to validations over the bus, and an ear for what Training announces.</summary>
public sealed class FakeDatasets : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<(string Project, string Id), (FileObject File, byte[] Content)> _files = new();

    private FakeDatasets(WebApplication app) => _app = app;

    public string Url => _app.Urls.First();

    /// <summary>Instead of `TrainingFileValidated`, when set: code and message.</summary>
    public (string Code, string Message)? Rejection { get; set; }
    /// <summary>Keeps commands unanswered.</summary>
    public bool IsSilent { get; set; }
    /// <summary>Answers 503 to every request.</summary>
    public bool IsDown { get; set; }

    public ConcurrentQueue<ValidateTrainingFile> Commands { get; } = new();
    public ConcurrentQueue<TrainingSucceeded> Succeeded { get; } = new();
    public ConcurrentQueue<TrainingFailed> Failed { get; } = new();
    public ConcurrentQueue<TrainingCancelled> Cancelled { get; } = new();

    public static async Task<FakeDatasets> StartAsync(string bus)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        FakeDatasets? fake = null;
        builder.Services.AddSingleton(_ => fake!);
        builder.Services.AddMassTransit(mass =>
        {
            mass.DisableUsageTelemetry();
            mass.AddConsumer<Listener>();
            mass.UsingRabbitMq((context, rabbit) =>
            {
                var uri = new Uri(bus);
                var user = uri.UserInfo.Split(':');
                rabbit.Host(uri.Host, (ushort)uri.Port, Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/')), host =>
                {
                    host.Username(Uri.UnescapeDataString(user[0]));
                    host.Password(Uri.UnescapeDataString(user[1]));
                });
                rabbit.ReceiveEndpoint("fake-datasets", endpoint => endpoint.ConfigureConsumer<Listener>(context));
            });
        });
        builder.Services.Configure<MassTransitHostOptions>(host => host.WaitUntilStarted = true);
        var app = builder.Build();
        fake = new FakeDatasets(app);
        app.Map("/v1/files/{**rest}", fake.HandleAsync);
        await app.StartAsync();
        return fake;
    }

    public string AddFile(string project, string text, string purpose = "fine-tune", string? name = null)
    {
        var content = Encoding.UTF8.GetBytes(text);
        var file = new FileObject { Id = $"file-{Guid.NewGuid():N}", Bytes = content.Length, CreatedAt = 1, Filename = name ?? "train.jsonl", Purpose = purpose };
        _files[(project, file.Id)] = (file, content);
        return file.Id;
    }

    public IReadOnlyList<(FileObject File, string Text)> Files(string project) =>
        [.. _files.Where(entry => entry.Key.Project == project).Select(entry => (entry.Value.File, Encoding.UTF8.GetString(entry.Value.Content)))];

    public void Delete(string project, string id) => _files.TryRemove((project, id), out _);

    public ValidatedFile Validated(string project, string id)
    {
        var (file, content) = _files[(project, id)];
        return new(id, Convert.ToHexStringLower(SHA256.HashData(content)), file.Bytes, 10, 100);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext context)
    {
        var project = context.Request.Headers["X-FineTune-Project"].ToString();
        if (IsDown || project.Length == 0)
        {
            context.Response.StatusCode = IsDown ? 503 : 401;
            return;
        }

        string[] rest = context.Request.RouteValues["rest"]?.ToString()?.Split('/', StringSplitOptions.RemoveEmptyEntries) ?? [];
        if (rest.Length == 0 && HttpMethods.IsPost(context.Request.Method))
        {
            var form = await context.Request.ReadFormAsync();
            using var reader = new StreamReader(form.Files[0].OpenReadStream());
            var id = AddFile(project, await reader.ReadToEndAsync(), form["purpose"].ToString(), form.Files[0].FileName);
            await context.Response.WriteAsJsonAsync(_files[(project, id)].File, WireJson.Options);
        }
        else if (rest.Length == 0)
        {
            var purpose = context.Request.Query["purpose"].ToString();
            await context.Response.WriteAsJsonAsync(new FileList { Data = [.. Files(project).Select(entry => entry.File).Where(file => file.Purpose == purpose)], HasMore = false }, WireJson.Options);
        }
        else if (!_files.TryGetValue((project, rest[0]), out var found))
        {
            context.Response.StatusCode = 404;
        }
        else if (rest is [_, "content"])
        {
            await context.Response.Body.WriteAsync(found.Content);
        }
        else
        {
            await context.Response.WriteAsJsonAsync(found.File, WireJson.Options);
        }
    }

    private sealed class Listener(FakeDatasets fake) : IConsumer<ValidateTrainingFile>, IConsumer<TrainingSucceeded>, IConsumer<TrainingFailed>, IConsumer<TrainingCancelled>
    {
        public async Task Consume(ConsumeContext<ValidateTrainingFile> context)
        {
            var command = context.Message;
            fake.Commands.Enqueue(command);
            if (fake.IsSilent)
                return;
            if (fake.Rejection is { } rejection)
                await context.Publish(new TrainingFileRejected(command.JobId, command.Project, "training_file", rejection.Code, rejection.Message, 4));
            else
                await context.Publish(new TrainingFileValidated(
                    command.JobId, command.Project, fake.Validated(command.Project, command.TrainingFile),
                    command.ValidationFile is null ? null : fake.Validated(command.Project, command.ValidationFile)));
        }

        public Task Consume(ConsumeContext<TrainingSucceeded> context) => Note(fake.Succeeded, context.Message);
        public Task Consume(ConsumeContext<TrainingFailed> context) => Note(fake.Failed, context.Message);
        public Task Consume(ConsumeContext<TrainingCancelled> context) => Note(fake.Cancelled, context.Message);

        private static Task Note<T>(ConcurrentQueue<T> queue, T message)
        {
            queue.Enqueue(message);
            return Task.CompletedTask;
        }
    }
}
