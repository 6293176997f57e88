using FineTuneAspire.AppHost.WithoutAspire.Servers;

namespace FineTuneAspire.AppHost.Tests;

public sealed class FreePortsTests
{
    [Fact]
    public void A_port_that_one_system_plans_is_no_other_systems_before_anything_listens_and_free_again_afterwards()
    {
        using var one = new FreePorts("/one");
        using var other = new FreePorts("/other");
        var port = one.Take("server");

        Assert.False(other.TryTakeExactly(port));
        Assert.False(one.TryTakeExactly(port));
        one.Dispose();
        Assert.True(other.TryTakeExactly(port));
    }

    [Fact]
    public void The_same_folder_and_name_get_the_same_port_again()
    {
        int first;
        using (var ports = new FreePorts("/same"))
            first = ports.Take("server");
        using var again = new FreePorts("/same");
        Assert.Equal(first, again.Take("server"));
    }
}
