"""MoCo v2's two views by torchvision and a DataLoader: python torchvision_data.py '<data set as JSON>' <workers>."""
import json
import random
import sys
import time

import numpy
import torch
import torchvision
from PIL import Image, ImageFilter
from torchvision import transforms as T

given = json.loads(sys.argv[1])
workers = int(sys.argv[2])
AHEAD = 2 * workers  # batches, PyTorch's default
torch.set_num_threads(1)


class GaussianBlur:
    def __call__(self, image):
        return image.filter(ImageFilter.GaussianBlur(radius=random.uniform(0.1, 2.0)))


steps = [
    T.RandomResizedCrop(given["size"], scale=(0.2, 1.0)),
    T.RandomApply([T.ColorJitter(0.4, 0.4, 0.4, 0.1)], p=0.8),
    T.RandomGrayscale(p=0.2),
    *([T.RandomApply([GaussianBlur()], p=0.5)] if given["blur"] else []),
    T.RandomHorizontalFlip(),
    T.ToTensor(),
    T.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
]
augment = T.Compose(steps)


class TwoViews:
    def __call__(self, image):
        return augment(image), augment(image)


class InMemory(torch.utils.data.Dataset):
    def __init__(self, count, size):
        self.images = numpy.random.RandomState(0).randint(0, 256, (count, size, size, 3), dtype=numpy.uint8)
        self.transform = TwoViews()

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return self.transform(Image.fromarray(self.images[index])), 0


def data_set():
    if isinstance(given["images"], int):
        return InMemory(given["images"], given["size"])
    return torchvision.datasets.ImageFolder(given["images"], TwoViews())


def batches():
    loader = torch.utils.data.DataLoader(
        data_set(), given["batch"], shuffle=True, drop_last=True, num_workers=workers, persistent_workers=workers > 0
    )
    while True:
        yield from loader


stream = batches()
print(json.dumps({"version": f"torchvision {torchvision.__version__}", "parameters": 0}), flush=True)
for line in sys.stdin:
    count = int(line)
    for _ in range(AHEAD):  # what was made before the round does not count
        next(stream)
    started = time.perf_counter()
    for _ in range(count):
        (first, second), _ = next(stream)
    seconds = time.perf_counter() - started
    time.sleep(1.5 * AHEAD * seconds / count)  # until no worker has anything left to do
    mean = float(first.mean() + second.mean()) / 2
    print(json.dumps({"imagesPerSecond": count * given["batch"] / seconds, "loss": mean}), flush=True)
