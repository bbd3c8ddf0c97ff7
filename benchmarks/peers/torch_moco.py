"""MoCo v2 steps in eager PyTorch: python torch_moco.py '<model as JSON>' <threads> [channels-last]."""
import copy
import json
import sys

import torch
from protocol import serve
from torch import nn
from torch.nn import functional as F

model = json.loads(sys.argv[1])
torch.set_num_threads(int(sys.argv[2]))
torch.manual_seed(0)

RATE, MOMENTUM, DECAY, EMA, TEMPERATURE = 0.03, 0.9, 1e-4, 0.999, 0.2
HEIGHT, WIDTH, CHANNELS = model["shape"]
BATCH, QUEUE, DIM = model["batch"], model["queue"], model["dim"]


class ConvolutionNorm(nn.Sequential):
    def __init__(self, inside, outside, kernel, stride):
        convolution = nn.Conv2d(inside, outside, kernel, stride, kernel // 2, bias=False)
        nn.init.kaiming_normal_(convolution.weight, mode="fan_out", nonlinearity="relu")
        super().__init__(convolution, nn.BatchNorm2d(outside))


class Block(nn.Module):
    def __init__(self, inside, width, stride, bottleneck):
        super().__init__()
        outside = 4 * width if bottleneck else width
        sizes = (
            [(inside, width, 1, 1), (width, width, 3, stride), (width, outside, 1, 1)]
            if bottleneck
            else [(inside, width, 3, stride), (width, outside, 3, 1)]
        )
        main = []
        for size in sizes:
            main += [ConvolutionNorm(*size), nn.ReLU(inplace=True)]
        self.main = nn.Sequential(*main[:-1])
        same = stride == 1 and inside == outside
        self.short = nn.Identity() if same else ConvolutionNorm(inside, outside, 1, stride)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.relu(self.main(x) + self.short(x))


def encoder():
    inside = model["widths"][0]
    stem_size = (7, 2) if model["stem"] == "imagenet" else (3, 1)
    layers = [ConvolutionNorm(CHANNELS, inside, *stem_size), nn.ReLU(inplace=True)]
    if model["stem"] == "imagenet":
        layers.append(nn.MaxPool2d(3, 2, 1))
    for stage, (count, width) in enumerate(zip(model["blocks"], model["widths"])):
        for block in range(count):
            stride = 2 if stage > 0 and block == 0 else 1
            layers.append(Block(inside, width, stride, model["bottleneck"]))
            inside = 4 * width if model["bottleneck"] else width
    head = [nn.Linear(inside, model["hidden"]), nn.ReLU(inplace=True), nn.Linear(model["hidden"], DIM)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), *head)


query = encoder().train()
key = copy.deepcopy(query).requires_grad_(False)
optimizer = torch.optim.SGD(query.parameters(), RATE, momentum=MOMENTUM, weight_decay=DECAY)
queue = F.normalize(torch.randn(QUEUE, DIM))
pointer = 0
first = torch.rand(BATCH, CHANNELS, HEIGHT, WIDTH)
second = first.clone()
if "channels-last" in sys.argv:
    for network in (query, key):
        network.to(memory_format=torch.channels_last)
    first, second = (images.contiguous(memory_format=torch.channels_last) for images in (first, second))
labels = torch.zeros(BATCH, dtype=torch.long)


def step():
    global pointer
    with torch.no_grad():
        for own, other in zip(key.parameters(), query.parameters()):
            own.lerp_(other, 1 - EMA)
        keys = F.normalize(key(second))
    queries = F.normalize(query(first))
    positive = (queries * keys).sum(1, keepdim=True)
    logits = torch.cat([positive, queries @ queue.T], 1) / TEMPERATURE
    loss = F.cross_entropy(logits, labels)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        queue[pointer : pointer + BATCH] = keys
    pointer = (pointer + BATCH) % QUEUE
    return loss.item()


serve(torch.__version__, sum(parameter.numel() for parameter in query.parameters()), BATCH, step)
