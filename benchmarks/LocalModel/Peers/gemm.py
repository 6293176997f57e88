# OpenBLAS through numpy. Reads "FORM M N K REPEATS" a line, answers GFLOP per processor-second.
import sys, time
import numpy as np

print("ready", flush=True)
for line in sys.stdin:
    form, m, n, k, repeats = line.split()
    m, n, k, repeats = int(m), int(n), int(k), int(repeats)
    a = np.full((k, m), 0.5, np.float32).T if form[0] == "T" else np.full((m, k), 0.5, np.float32)
    b = np.full((n, k), 0.25, np.float32).T if form[1] == "T" else np.full((k, n), 0.25, np.float32)
    c = np.empty((m, n), np.float32)
    np.matmul(a, b, out=c)
    start = time.process_time()
    for _ in range(repeats):
        np.matmul(a, b, out=c)
    print(2.0 * m * n * k * repeats / (time.process_time() - start) / 1e9, flush=True)
