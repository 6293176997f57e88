using System.Security.Cryptography;
using System.Text;
using FineTuneAspire.Contracts.Datasets.Messages;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.Datasets.Tests.Validation;

public class JobFileTests(DatasetsService service) : IClassFixture<DatasetsService>
{
    private static readonly string Good = Convert.ToHexStringLower(SHA256.HashData(ChatFiles.Lines(10)));

    private async Task<Listener> ListenAsync()
    {
        var listener = await Listener.StartAsync(service.Bus);
        // A command published before the service's queue is bound would go nowhere; Training's outbox waits for a receiver, a test looks.
        await Eventually.True(async () => await service.First.GetStringAsync("/health") == "Healthy", TimeSpan.FromSeconds(60), "the service is on the bus");
        return listener;
    }

    [Fact]
    public async Task Good_files_are_answered_with_their_hash_examples_and_tokens()
    {
        await using var bus = await ListenAsync();
        var (training, validation) = (await service.UploadAsync(ChatFiles.Lines(10)), await service.UploadAsync(ChatFiles.Lines(2, first: 50)));
        var tokens = (await ChatFiles.ValidateAsync(ChatFiles.Lines(10))).Tokens;
        await bus.SayAsync(new ValidateTrainingFile("ftjob-good", "first", training.Id, validation.Id, "supervised"));
        var answer = await bus.OneAsync<TrainingFileValidated>(message => message.JobId == "ftjob-good");

        Assert.Equal(new ValidatedFile(training.Id, Good, training.Bytes, 10, tokens), answer.TrainingFile);
        Assert.Equal((validation.Id, 2), (answer.ValidationFile!.FileId, answer.ValidationFile.Examples));
        Assert.Equal(0, await service.Database.ScalarAsync<long>("SELECT count(*) FROM training_file_checks"));
    }

    [Fact]
    public async Task Files_are_read_for_the_method_of_their_job()
    {
        await using var bus = await ListenAsync();
        async Task<string> FileAsync(Func<int, string> line, int first = 1) =>
            (await service.UploadAsync(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(first, 10).Select(number => line(number) + "\n"))))).Id;
        var (preferences, prompts, others) = (await FileAsync(PreferenceExampleRulesTests.Line), await FileAsync(ReinforcementExampleRulesTests.Line), await FileAsync(ReinforcementExampleRulesTests.Line, first: 100));
        var many = (await service.UploadAsync(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 1_001).Select(number => ReinforcementExampleRulesTests.Line(number) + "\n"))))).Id;
        await bus.SayAsync(new ValidateTrainingFile("ftjob-dpo", "first", preferences, null, "dpo"));
        await bus.SayAsync(new ValidateTrainingFile("ftjob-rft", "first", prompts, others, "reinforcement"));
        Assert.Equal(10, (await bus.OneAsync<TrainingFileValidated>(message => message.JobId == "ftjob-dpo")).TrainingFile.Examples);
        Assert.Equal(10, (await bus.OneAsync<TrainingFileValidated>(message => message.JobId == "ftjob-rft")).ValidationFile!.Examples);

        (string Job, string Training, string? Validation, string Method, string Param, string Code, string Says)[] cases =
        [
            ("wrong", preferences, null, "supervised", "training_file", "invalid_training_file", "'dpo'"),
            ("alone", prompts, null, "reinforcement", "validation_file", "missing_validation_file", "needs a validation file"),
            ("many", prompts, many, "reinforcement", "validation_file", "too_many_examples", "Validation file has 1001 examples; the method 'reinforcement' takes at most 1000."),
            ("unknown", prompts, null, "ppo", "training_file", "invalid_training_file", "known are supervised, dpo, reinforcement"),
        ];
        foreach (var one in cases)
            await bus.SayAsync(new ValidateTrainingFile(one.Job, "first", one.Training, one.Validation, one.Method));
        foreach (var one in cases)
        {
            var answer = await bus.OneAsync<TrainingFileRejected>(message => message.JobId == one.Job);
            Assert.Equal((one.Param, one.Code), (answer.Param, answer.Code));
            Assert.Contains(one.Says, answer.Message);
        }
    }

    [Fact]
    public async Task A_command_that_comes_again_is_answered_again()
    {
        await using var bus = await ListenAsync();
        var training = await service.UploadAsync(ChatFiles.Lines(11));
        foreach (var _ in new[] { 1, 2 })
        {
            await using var second = await ListenAsync();
            await second.SayAsync(new ValidateTrainingFile("ftjob-again", "first", training.Id, null, "supervised"));
            Assert.Equal(11, (await second.OneAsync<TrainingFileValidated>(message => message.JobId == "ftjob-again")).TrainingFile.Examples);
        }
    }

    [Fact]
    public async Task Bad_files_are_answered_with_param_code_and_line()
    {
        await using var bus = await ListenAsync();
        var good = (await service.UploadAsync(ChatFiles.Lines(10))).Id;
        var three = (await service.UploadAsync(ChatFiles.Lines(3))).Id;
        var broken = (await service.UploadAsync(ChatFiles.WithTenth("{"u8))).Id;
        var batch = (await service.UploadAsync(ChatFiles.Lines(10), purpose: "batch")).Id;
        var others = (await service.UploadAsync(ChatFiles.Lines(10), client: service.Second)).Id;
        (string Job, string Training, string? Validation, string Param, string Code, int? Line, string Says)[] cases =
        [
            ("three", three, null, "training_file", "invalid_n_examples", null, "Training file has 3 example(s), but must have at least 10 examples"),
            ("broken", broken, null, "training_file", "invalid_training_file", 10, "Training file: Line 10: Not valid JSON"),
            ("broken-validation", good, broken, "validation_file", "invalid_validation_file", 10, "Validation file: Line 10: Not valid JSON"),
            ("unknown", "file-unknown", null, "training_file", "invalid_training_file", null, "invalid training_file: file-unknown"),
            ("others", others, null, "training_file", "invalid_training_file", null, $"invalid training_file: {others}"),
            ("others-validation", good, others, "validation_file", "invalid_validation_file", null, $"invalid validation_file: {others}"),
            ("purpose", batch, null, "training_file", "invalid_training_file", null, $"invalid training_file: {batch} has the purpose 'batch'"),
        ];
        foreach (var one in cases)
            await bus.SayAsync(new ValidateTrainingFile(one.Job, "first", one.Training, one.Validation, "supervised"));

        foreach (var one in cases)
        {
            var answer = await bus.OneAsync<TrainingFileRejected>(message => message.JobId == one.Job);
            Assert.Equal((one.Job, "first", one.Param, one.Code, one.Line), (answer.JobId, answer.Project, answer.Param, answer.Code, answer.Line));
            Assert.StartsWith(one.Says, answer.Message);
        }
    }
}
