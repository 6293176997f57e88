namespace FineTuneAspire.Messaging;
