using FineTuneAspire.Contracts.Inference.Messages;
using MassTransit;

namespace FineTuneAspire.Inference.Evaluations;

/// <summary>Only wakes the loop: the rows say what there is to do, and no message is held while it is done.</summary>
public sealed class RunEvaluationConsumer(EvaluationSignal signal) : IConsumer<RunEvaluation>
{
    public Task Consume(ConsumeContext<RunEvaluation> context)
    {
        signal.Wake();
        return Task.CompletedTask;
    }
}
