using FineTuneAspire.Messaging.Tests;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

if (args is [LedgerProcess.Verb, ..])
    return await LedgerProcess.RunAsync(args[1], args[2], int.Parse(args[3]));

return args.Any(arg => arg is "--server" or "--internal-msbuild-node")
    ? await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
    : await ConsoleRunner.Run(args);
