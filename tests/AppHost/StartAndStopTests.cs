using FineTuneAspire.AppHost.WithoutAspire.Servers;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.AppHost.Tests;

public sealed class StartAndStopTests
{
    [Fact]
    public async Task Each_starts_when_what_it_waits_for_is_well_and_a_stop_cuts_the_wait_short()
    {
        var sick = Path.Combine(TestFolder.Create("sick"), "file");
        await File.WriteAllTextAsync(sick, "");
        await using var small = await SmallSystem.StartAsync(null, ("BACK_SICK_WHILE_EXISTS", sick));

        await small.BecomesAsync("back", "running");
        Assert.Equal("finished", await small.StateAsync("first"));
        Assert.False((await small.ResourceAsync("back")).GetProperty("healthy").GetBoolean());
        Assert.Equal("waiting", await small.StateAsync("front"));
        await small.CommandAsync("front", "stop");
        Assert.Equal("stopped", await small.StateAsync("front"));
        await small.CommandAsync("front", "start");
        File.Delete(sick);

        await small.IsUpAsync("front");
    }

    [Fact]
    public async Task What_waits_for_a_run_that_failed_does_not_start_and_says_why()
    {
        await using var small = await SmallSystem.StartAsync(null, ("FIRST_ENDS_WITH", "3"));

        await small.BecomesAsync("back", "failed_to_start");

        Assert.Equal(3, (await small.ResourceAsync("first")).GetProperty("exit_code").GetInt32());
        Assert.Contains("first", (await small.ResourceAsync("back")).GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal("failed_to_start", await small.StateAsync("front"));
    }

    [Theory]
    [InlineData(Posix.SigTerm)]
    [InlineData(Posix.SigInt)]
    public async Task A_signal_stops_all_within_ten_seconds_and_leaves_no_process(int signal)
    {
        await using var small = await SmallSystem.StartAsync();
        await small.IsUpAsync("front");
        var started = small.Descendants();
        Assert.True(started.Count > 8, $"only {started.Count} processes");

        var (took, exitCode) = await small.TerminateAsync(signal);

        Assert.Equal(0, exitCode);
        Assert.True(took < TimeSpan.FromSeconds(10), $"it took {took}");
        Assert.DoesNotContain(started, process => process.IsAlive);
        Assert.False(File.Exists(Path.Combine(small.DataFolder, "endpoints.json")));
    }

    [Fact]
    public async Task A_signal_during_the_start_leaves_no_process()
    {
        await using var small = await SmallSystem.StartAsync();
        await small.BecomesAsync("bus", "starting");
        await Eventually.True(() => small.Descendants().Count >= 3, because: "servers are being started");
        var started = small.Descendants();

        var (took, _) = await small.TerminateAsync();

        Assert.True(took < TimeSpan.FromSeconds(10), $"it took {took}");
        Assert.DoesNotContain(started, process => process.IsAlive);
    }

    [Fact]
    public async Task After_kill_9_of_the_runner_the_next_start_has_the_same_data_and_nothing_of_the_dead_one_is_left()
    {
        await using var dead = await SmallSystem.StartAsync();
        await dead.IsUpAsync("front");
        var secret = (await dead.EnvironmentOfAsync("back"))["SECRET"];
        var connection = (await dead.EnvironmentOfAsync("back"))["ConnectionStrings__things-db"];
        var left = dead.Descendants();

        dead.Kill();
        await using var next = await SmallSystem.StartAsync(dead.DataFolder);

        Assert.DoesNotContain(left, process => process.IsAlive);
        await next.IsUpAsync("front");
        Assert.Equal(secret, (await next.EnvironmentOfAsync("back"))["SECRET"]);
        Assert.Equal(connection, (await next.EnvironmentOfAsync("back"))["ConnectionStrings__things-db"]);
    }

    [Fact]
    public async Task A_process_that_got_the_number_of_a_dead_one_is_left_alone()
    {
        var folder = Path.Combine(TestFolder.Create("reused"), "data");
        PrivateFolder.OpenRoot(folder);
        var innocent = await ChildProcess.StartAsync(new ChildProcessStart("sleep", ["600"], new Dictionary<string, string>(), "/"), _ => { });
        var earlier = innocent.Identity! with { StartTicks = innocent.Identity.StartTicks - 1 };
        PrivateFolder.Write(Path.Combine(folder, "processes.json"), System.Text.Json.JsonSerializer.Serialize(
            new[] { new WithoutAspire.Running.RecordedProcess("bus", earlier, Posix.SigTerm) }));

        using (await WithoutAspire.Running.DataFolder.OpenAsync(folder, _ => { }, CancellationToken.None))
            Assert.True(innocent.Identity.IsAlive);

        await innocent.StopAsync(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Two_systems_run_side_by_side()
    {
        await using var one = await SmallSystem.StartAsync();
        await using var two = await SmallSystem.StartAsync();

        await one.IsUpAsync("front");
        await two.IsUpAsync("front");

        Assert.NotEqual(one.Page.BaseAddress, two.Page.BaseAddress);
        // Both wished for the port of front's launch profile, and both planned it before either listened.
        Assert.NotEqual((await one.EnvironmentOfAsync("front"))["ASPNETCORE_URLS"], (await two.EnvironmentOfAsync("front"))["ASPNETCORE_URLS"]);
        var (_, exitCode) = await one.TerminateAsync();
        Assert.Equal(0, exitCode);
        Assert.Equal("running", await two.StateAsync("front"));
    }
}
