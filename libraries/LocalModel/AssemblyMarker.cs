namespace FineTuneAspire.LocalModel;
