using System.ClientModel;
using System.ClientModel.Primitives;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Contracts.Inference.Api;
using FineTuneAspire.Samples.IntentsAndSlots;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Files;
using OpenAI.FineTuning;
using Spectre.Console;

namespace FineTuneAspire.Demo;

/// <summary>
/// The main job as any client would do it, through the front door: upload, dataset, fine-tuning job, evaluation, chat. Files, job and
/// chat go through the official OpenAI SDK, of which only the endpoint, key and model differ; datasets and evaluations are ours alone.
/// </summary>
internal sealed class DemoRun : IDisposable
{
    private const string BaseModel = "base-1m";
    private const int Seed = 7;

    private readonly Endpoints endpoints;
    private readonly IAnsiConsole console;
    private readonly TimeProvider clock;
    private readonly FrontDoor frontDoor;
    private readonly OpenAIFileClient files;
    private readonly FineTuningClient fineTuning;

    public DemoRun(Endpoints endpoints, IAnsiConsole console, TimeProvider clock)
    {
        this.endpoints = endpoints;
        this.console = console;
        this.clock = clock;
        frontDoor = new FrontDoor(endpoints);
        var credential = new ApiKeyCredential(endpoints.ApiKey);
        files = new OpenAIFileClient(credential, new OpenAIClientOptions { Endpoint = endpoints.BaseUrl });
        // The SDK would retry a create without an idempotency key, and so could make the job twice.
        fineTuning = new FineTuningClient(credential, new FineTuningClientOptions { Endpoint = endpoints.BaseUrl, RetryPolicy = new ClientRetryPolicy(0) });
    }

    public async Task<DemoResult> RunAsync(CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var splits = IntentsAndSlots.Generate(Seed);
        console.Write(new Rule("[bold]FineTuneAspire demo[/]: a sentence in, JSON out") { Justification = Justify.Left });
        console.MarkupLineInterpolated($"Task: {splits.Train.Count} training, {splits.Validation.Count} validation, {splits.Test.Count} test examples, for example");
        console.MarkupLineInterpolated($"  [grey]{splits.Train[0].Sentence}[/] → [green]{splits.Train[0].Answer}[/]");

        var dataset = await MakeDatasetAsync(splits, cancellationToken);
        var (job, traceId, trainingSeconds) = await FineTuneAsync(dataset, cancellationToken);
        var evaluation = await EvaluateAsync(dataset, job.Model!, cancellationToken);
        await AskAsync(job.Model!, splits.Test[0], cancellationToken);

        var trace = await frontDoor.ReadTraceAsync(traceId, cancellationToken);
        var result = new DemoResult(
            job, new DemoExamples(splits.Train.Count, splits.Validation.Count, splits.Test.Count),
            Score(evaluation, BaseModel), Score(evaluation, job.Model!), trace,
            Math.Round(clock.GetElapsedTime(started).TotalSeconds, 1), Math.Round(trainingSeconds, 1));
        Print(result);
        return result;
    }

    private async Task<DatasetVersionObject> MakeDatasetAsync(Splits splits, CancellationToken cancellationToken)
    {
        var training = await UploadAsync(IntentsAndSlots.ToJsonl(splits.Train), "intents-training.jsonl");
        var validation = await UploadAsync(IntentsAndSlots.ToJsonl(splits.Validation), "intents-validation.jsonl");
        var test = await UploadAsync(IntentsAndSlots.ToJsonl(splits.Test, tagged: true), "intents-test.jsonl");
        var dataset = await frontDoor.PostAsync<DatasetObject>(
            "datasets",
            new CreateDatasetRequest
            {
                Name = "intents-and-slots", File = training, ValidationFile = validation, TestFile = test,
                // The leakage gate finds a few sentences of one template that differ in a slot's last word. That is what the figure for seen
                // templates is about; the one for unseen templates stands beside it.
                Leakage = new LeakageRequest { Allow = true, Reason = "Part of the test asks about the templates of the training examples, on purpose." },
            },
            cancellationToken);
        var version = dataset.LatestVersion;
        while (version.Status == "validating")
        {
            await Task.Delay(TimeSpan.FromMilliseconds(150), clock, cancellationToken);
            version = await frontDoor.GetAsync<DatasetVersionObject>($"datasets/{dataset.Id}/versions/{version.Version}", cancellationToken);
        }

        if (version.Status != "validated")
            throw new DemoException($"the dataset was {version.Status}: {version.Error?.Message}");
        console.MarkupLineInterpolated($"Dataset [blue]{dataset.Id}[/] validated: {version.Examples} examples, {version.Tokens} o200k tokens; {version.Leakage!.Leaks} resemble training examples, which the demo allows.");
        return version;
    }

    private async Task<string> UploadAsync(byte[] bytes, string name)
    {
        using var stream = new MemoryStream(bytes);
        OpenAIFile file = await files.UploadFileAsync(stream, name, FileUploadPurpose.FineTune);
        return file.Id;
    }

    private async Task<(DemoJob Job, string TraceId, double TrainingSeconds)> FineTuneAsync(DatasetVersionObject dataset, CancellationToken cancellationToken)
    {
        // One span of our own around the POST, so that the trace that the services continue has an id we know.
        using var span = new Activity("create fine-tuning job").SetIdFormat(ActivityIdFormat.W3C);
        span.ActivityTraceFlags = ActivityTraceFlags.Recorded;
        span.Start();
        var operation = await fineTuning.FineTuneAsync(
            BaseModel, dataset.TrainingFile, waitUntilCompleted: false,
            new FineTuningOptions { ValidationFile = dataset.ValidationFile, Suffix = "intents", Seed = Seed }, cancellationToken);
        span.Stop();
        var jobId = operation.JobId;
        console.MarkupLineInterpolated($"Job [blue]{jobId}[/] on {BaseModel}:");

        var created = clock.GetTimestamp();
        var curve = await new JobProgress(console).FollowAsync(frontDoor.FollowEventsAsync(jobId, cancellationToken));
        var ended = await frontDoor.GetAsync<Contracts.Training.Api.FineTuningJob>($"fine_tuning/jobs/{jobId}", cancellationToken);
        if (ended.Status != "succeeded")
            throw new DemoException($"the job {jobId} ended {ended.Status}: {ended.Error?.Message ?? "no reason given"}");
        console.Write(curve);
        return (new DemoJob(jobId, ended.Status, ended.FineTunedModel), span.TraceId.ToHexString(), clock.GetElapsedTime(created).TotalSeconds);
    }

    private async Task<EvaluationObject> EvaluateAsync(DatasetVersionObject dataset, string tuned, CancellationToken cancellationToken)
    {
        var evaluation = await frontDoor.PostAsync<EvaluationObject>(
            "evaluations", new CreateEvaluationRequest { Name = "base against tuned", Dataset = dataset.DatasetId, Models = [BaseModel, tuned] }, cancellationToken);
        await console.Progress().StartAsync(async progress =>
        {
            var bars = new Dictionary<string, ProgressTask>
            {
                [BaseModel] = progress.AddTask($"evaluating {BaseModel}"),
                [tuned] = progress.AddTask("evaluating the tuned model"),
            };
            while (evaluation.Status is "queued" or "running")
            {
                await Task.Delay(TimeSpan.FromMilliseconds(250), clock, cancellationToken);
                evaluation = await frontDoor.GetAsync<EvaluationObject>($"evaluations/{evaluation.Id}", cancellationToken);
                foreach (var score in evaluation.Results)
                    bars[score.Model].Value = evaluation.Examples is > 0 and var all ? 100.0 * score.Completed / all : 0;
            }
        });
        return evaluation.Status == "succeeded" ? evaluation : throw new DemoException($"the evaluation ended {evaluation.Status}: {evaluation.Error?.Message}");
    }

    private async Task AskAsync(string model, Example example, CancellationToken cancellationToken)
    {
        var chat = new ChatClient(model, new ApiKeyCredential(endpoints.ApiKey), new OpenAIClientOptions { Endpoint = endpoints.BaseUrl });
        console.MarkupLineInterpolated($"Asking the tuned model, streamed: [grey]{example.Sentence}[/]");
        console.Markup("  → ");
        var updates = chat.CompleteChatStreamingAsync([new UserChatMessage(example.Sentence)], new ChatCompletionOptions { Temperature = 0 }, cancellationToken);
        await foreach (var update in updates.WithCancellation(cancellationToken))
        {
            foreach (var part in update.ContentUpdate)
                console.Write(new Text(part.Text, new Style(Color.Green)));
        }

        console.WriteLine();
    }

    private static DemoScore Score(EvaluationObject evaluation, string model)
    {
        var score = evaluation.Results.Single(result => result.Model == model);
        return new DemoScore(
            Share(score, Example.SeenTag), Share(score, Example.UnseenTag), score.ExactMatch ?? 0, score.Interval95 ?? []);
    }

    private static double Share(ModelScore score, string tag) =>
        score.ByTag is { } tags && tags.TryGetValue(tag, out var share)
            ? share.ExactMatch
            : throw new DemoException($"the evaluation has no figure for '{tag}'.");

    private void Print(DemoResult result)
    {
        var table = new Table().AddColumns("exact match on the test split", BaseModel, "tuned");
        table.AddRow("templates seen in training", Percent(result.Base.ExactMatch), Percent(result.Tuned.ExactMatch));
        table.AddRow("templates never seen", Percent(result.Base.UnseenTemplates), Percent(result.Tuned.UnseenTemplates));
        table.AddRow("all", WithInterval(result.Base), WithInterval(result.Tuned));
        console.Write(table);
        console.MarkupLineInterpolated($"Model     {result.Job.Model}");
        console.MarkupLineInterpolated($"Trace     {result.Trace.Id}: {result.Trace.Spans} spans over {string.Join(", ", result.Trace.Services)}");
        foreach (var (name, url) in endpoints.Pages)
            console.MarkupLineInterpolated($"{name,-10}{url}");
        console.MarkupLineInterpolated($"Took      {result.Seconds} s, of which {result.TrainingSeconds} s from the job's creation to its end.");
    }

    private static string WithInterval(DemoScore score) =>
        score.Interval95 is [var low, var high] ? $"{Percent(score.AllTest)} (95 %: {Percent(low)} to {Percent(high)})" : Percent(score.AllTest);

    private static string Percent(double share) => (100 * share).ToString("0.#", CultureInfo.InvariantCulture) + " %";

    public void Dispose() => frontDoor.Dispose();
}
