namespace FineTuneAspire.TestKit;
