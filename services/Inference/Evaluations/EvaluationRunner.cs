using System.Runtime.CompilerServices;
using System.Threading.Channels;
using FineTuneAspire.ModelProvider;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Inference.Evaluations;

/// <summary>
/// Runs one evaluation under a lease: every line and model without an answer row is asked, answers are saved in batches, and so a worker
/// that comes after a crash goes on where the rows end. At most the questions in the air are asked twice.
/// </summary>
internal sealed partial class EvaluationRunner(
    IServiceScopeFactory scopes, IProviders providers, EvaluationSignal signal, IOptions<EvaluationsOptions> options, TimeProvider clock, ILogger<EvaluationRunner> logger)
{
    private const int BatchSize = 200;
    private readonly EvaluationsOptions _options = options.Value;

    /// <summary>Takes and runs the oldest evaluation to do. False when there was none.</summary>
    public async Task<bool> RunNextAsync(CancellationToken stoppingToken)
    {
        var lease = new EvaluationLease(scopes, _options.Lease);
        if (await lease.TakeAsync(stoppingToken) is not { } evaluation)
            return false;

        using var run = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        signal.Started(evaluation.Id, run);
        var renewing = RenewAsync(lease, evaluation.Id, run);
        try
        {
            LogStarted(logger, evaluation.Id, evaluation.Models.Count);
            var examples = await AskAllAsync(lease, evaluation, run);
            await lease.SucceedAsync(evaluation.Id, examples, stoppingToken);
            LogEnded(logger, evaluation.Id, Evaluation.Succeeded);
        }
        catch (EvaluationException reason)
        {
            await lease.FailAsync(evaluation.Id, reason, stoppingToken);
            LogFailed(logger, evaluation.Id, reason.Code);
        }
        catch (OperationCanceledException) when (run.IsCancellationRequested && !stoppingToken.IsCancellationRequested)
        {
            LogEnded(logger, evaluation.Id, "given up: cancelled, or taken by another worker");
        }
        finally
        {
            signal.Ended(evaluation.Id);
            await run.CancelAsync();
            await renewing;
            // Ended evaluations have no owner; for all others the next worker need not wait. It must happen while the process stops, too.
            await lease.ReleaseAsync(evaluation.Id, CancellationToken.None);
        }

        return true;
    }

    /// <returns>The number of examples.</returns>
    private async Task<int> AskAllAsync(EvaluationLease lease, Evaluation evaluation, CancellationTokenSource run)
    {
        var models = evaluation.Models.OrderBy(model => model.Position).Select(model => new ModelUnderTest(model, providers, _options, clock)).ToList();
        var answered = await lease.AnsweredAsync(evaluation.Id, run.Token);
        await using var scope = scopes.CreateAsyncScope();
        await using var file = await EvaluationFile.OpenAsync(scope.ServiceProvider.GetRequiredService<DatasetsClient>(), evaluation, run.Token);

        var answers = Channel.CreateBounded<EvaluationAnswer>(BatchSize * 4);
        var saving = SaveAsync(lease, evaluation.Id, answers.Reader, run);
        try
        {
            var parallel = new ParallelOptions { MaxDegreeOfParallelism = _options.Concurrency, CancellationToken = run.Token };
            await Parallel.ForEachAsync(QuestionsAsync(file, models, answered, run.Token), parallel, async (question, cancellationToken) =>
            {
                var (example, model) = question;
                using var span = InferenceTelemetry.StartExample(evaluation.Id, evaluation.TraceParent, example.Index);
                var outcome = await model.AskAsync(example, cancellationToken);
                await answers.Writer.WriteAsync(
                    new() { EvaluationId = evaluation.Id, Position = model.Position, Example = example.Index, Outcome = outcome, Tag = example.Tag }, cancellationToken);
            });
        }
        finally
        {
            // What was answered is kept, also when the run ends early.
            answers.Writer.Complete();
            await saving;
        }

        run.Token.ThrowIfCancellationRequested();
        return file.Count;
    }

    private static async IAsyncEnumerable<(EvaluationExample Example, ModelUnderTest Model)> QuestionsAsync(
        EvaluationFile file, List<ModelUnderTest> models, HashSet<(int Position, int Example)> answered, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var example in file.ReadAsync(cancellationToken))
        {
            foreach (var model in models.Where(model => !answered.Contains((model.Position, example.Index))))
                yield return (example, model);
        }
    }

    /// <summary>One batch is what has come in while the one before was saved. Runs until the channel is complete, whatever the run's token says.</summary>
    private static async Task SaveAsync(EvaluationLease lease, string id, ChannelReader<EvaluationAnswer> answers, CancellationTokenSource run)
    {
        var batch = new List<EvaluationAnswer>(BatchSize);
        try
        {
            while (await answers.WaitToReadAsync(CancellationToken.None))
            {
                batch.Clear();
                while (batch.Count < BatchSize && answers.TryRead(out var answer))
                    batch.Add(answer);
                if (!await lease.SaveAsync(id, batch, CancellationToken.None))
                {
                    await run.CancelAsync();
                    return;
                }
            }
        }
        catch
        {
            // Without saving, asking on would only cost.
            await run.CancelAsync();
            throw;
        }
    }

    private async Task RenewAsync(EvaluationLease lease, string id, CancellationTokenSource run)
    {
        var renewedAt = clock.GetTimestamp();
        while (!run.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(_options.Lease / 3, clock, run.Token);
                if (!await lease.RenewAsync(id, run.Token))
                    await run.CancelAsync();
                renewedAt = clock.GetTimestamp();
            }
            catch (OperationCanceledException) when (run.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                LogNotRenewed(logger, id, failure);
                if (clock.GetElapsedTime(renewedAt) > _options.Lease)
                    await run.CancelAsync();
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Evaluation {Id} of {Models} models goes on")]
    private static partial void LogStarted(ILogger logger, string id, int models);

    [LoggerMessage(Level = LogLevel.Information, Message = "Evaluation {Id}: {How}")]
    private static partial void LogEnded(ILogger logger, string id, string how);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Evaluation {Id} failed: {Code}")]
    private static partial void LogFailed(ILogger logger, string id, string code);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The lease of evaluation {Id} could not be renewed")]
    private static partial void LogNotRenewed(ILogger logger, string id, Exception failure);
}
