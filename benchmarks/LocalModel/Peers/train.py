# The same decoder and step in PyTorch, eager mode. Reads "VOCABULARY WIDTH LAYERS HEADS FEED_FORWARD LENGTH SEQUENCES MICRO_BATCH" first,
# then answers tokens per processor-second for each empty line.
import sys, time
import torch, torch.nn as nn, torch.nn.functional as F

torch.set_num_threads(1)
torch.manual_seed(1)
print("ready", flush=True)
V, D, L, H, FF, T, SEQUENCES, MICRO = map(int, sys.stdin.readline().split())
angle = torch.outer(torch.arange(T).float(), 10000.0 ** -(torch.arange(0, D // H, 2).float() / (D // H)))
COS, SIN = torch.cat([angle, angle], -1).cos(), torch.cat([angle, angle], -1).sin()
MASK = torch.full((T, T), float("-inf")).triu(1)


class Norm(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(D))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * self.weight


def rotate(x):
    first, second = x.chunk(2, -1)
    return x * COS + torch.cat([-second, first], -1) * SIN


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = Norm(), Norm()
        self.qkv, self.out = nn.Linear(D, 3 * D, bias=False), nn.Linear(D, D, bias=False)
        self.gate_up, self.down = nn.Linear(D, 2 * FF, bias=False), nn.Linear(FF, D, bias=False)

    def forward(self, x):
        rows = x.shape[0]
        q, k, v = self.qkv(self.norm1(x)).view(rows, T, 3, H, D // H).permute(2, 0, 3, 1, 4)
        weights = torch.softmax(rotate(q) @ rotate(k).transpose(-1, -2) * (D // H) ** -0.5 + MASK, -1)
        x = x + self.out((weights @ v).transpose(1, 2).reshape(rows, T, D))
        gate, up = self.gate_up(self.norm2(x)).chunk(2, -1)
        return x + self.down(F.silu(gate) * up)


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.layers, self.norm = nn.Embedding(V, D), nn.ModuleList(Layer() for _ in range(L)), Norm()
        nn.init.normal_(self.embedding.weight, 0, 0.02)

    def forward(self, tokens):
        x = self.embedding(tokens)
        for layer in self.layers:
            x = layer(x)
        return self.norm(x) @ self.embedding.weight.T


model = Decoder()
optimizer = torch.optim.AdamW(model.parameters(), 1e-4, betas=(0.9, 0.99), weight_decay=0.05)
data = torch.randint(0, V, (SEQUENCES, T + 1))
for _ in sys.stdin:
    start = time.process_time()
    optimizer.zero_grad()
    for i in range(0, SEQUENCES, MICRO):
        part = data[i:i + MICRO]
        loss = F.cross_entropy(model(part[:, :-1]).reshape(-1, V), part[:, 1:].reshape(-1))
        (loss * len(part) / SEQUENCES).backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1)
    optimizer.step()
    print(SEQUENCES * T / (time.process_time() - start), flush=True)
