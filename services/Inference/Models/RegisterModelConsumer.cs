using FineTuneAspire.Contracts.Training.Messages;
using FineTuneAspire.Inference.Persistence;
using MassTransit;

namespace FineTuneAspire.Inference.Models;

/// <summary>Makes a job's model and checkpoints callable. Safe to run twice, also for two different messages about one job.</summary>
public sealed class RegisterModelConsumer(InferenceDb db) : IConsumer<TrainingSucceeded>
{
    public Task Consume(ConsumeContext<TrainingSucceeded> context) => TunedModels.RegisterAsync(db, context.Message, context.CancellationToken);
}
