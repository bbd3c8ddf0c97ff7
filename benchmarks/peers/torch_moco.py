"""One MoCo v2 step in PyTorch. Reads a number of steps a line, writes images per second a line."""
import copy
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

WIDTH, BATCH, QUEUE, THREADS = (int(argument) for argument in sys.argv[1:5])
torch.set_num_threads(THREADS)


class Block(nn.Module):
    def __init__(self, inside, outside, stride):
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(inside, outside, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outside),
            nn.ReLU(),
            nn.Conv2d(outside, outside, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outside),
        )
        same = stride == 1 and inside == outside
        self.short = nn.Identity() if same else nn.Sequential(
            nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside)
        )

    def forward(self, x):
        return F.relu(self.main(x) + self.short(x))


def encoder():
    w = WIDTH
    stem = [nn.Conv2d(1, w, 3, 1, 1, bias=False), nn.BatchNorm2d(w), nn.ReLU()]
    stages = [(w, w, 1), (w, w, 1), (w, 2 * w, 2), (2 * w, 2 * w, 1), (2 * w, 4 * w, 2), (4 * w, 4 * w, 1)]
    pool = [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    head = [nn.Linear(4 * w, 4 * w), nn.ReLU(), nn.Linear(4 * w, 128)]
    return nn.Sequential(*stem, *(Block(*stage) for stage in stages), *pool, *head)


query = encoder()
key = copy.deepcopy(query)
optimizer = torch.optim.SGD(query.parameters(), 0.03, momentum=0.9, weight_decay=1e-4)
queue = F.normalize(torch.randn(QUEUE, 128))
images = torch.rand(2, BATCH, 1, 28, 28)
labels = torch.zeros(BATCH, dtype=torch.long)


def step():
    global queue
    with torch.no_grad():
        for own, other in zip(key.parameters(), query.parameters()):
            own.mul_(0.999).add_(other, alpha=0.001)
        keys = F.normalize(key(images[1]))
    queries = F.normalize(query(images[0]))
    logits = torch.cat([(queries * keys).sum(1, keepdim=True), queries @ queue.T], 1) / 0.2
    loss = F.cross_entropy(logits, labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    queue = torch.cat([queue[BATCH:], keys])
    return loss.item()


print(torch.__version__, flush=True)
for line in sys.stdin:
    count = int(line)
    started = time.perf_counter()
    for _ in range(count):
        step()
    print(count * BATCH / (time.perf_counter() - started), flush=True)
