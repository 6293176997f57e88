using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FineTuneAspire.LocalModel;

internal static class Elementary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Exp<T>(Vector512<T> x) where T : unmanaged =>
        typeof(T) == typeof(float) ? Vector512.Exp(x.AsSingle()).As<float, T>() : Vector512.Exp(x.AsDouble()).As<double, T>();
}
