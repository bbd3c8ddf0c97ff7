"""Writes the sample photos of scikit-learn and scikit-image as JPEGs of about 500 x 375 pixels: python photos.py <folder>."""
import os
import sys

from PIL import Image
from skimage import data
from sklearn.datasets import load_sample_images

COPIES = 16

folder = sys.argv[1]
photos = dict(zip(["china", "flower"], load_sample_images().images))
for name in ["astronaut", "chelsea", "coffee", "rocket", "hubble_deep_field", "retina"]:
    photos[name] = getattr(data, name)()
for name, pixels in photos.items():
    image = Image.fromarray(pixels).convert("RGB")
    scale = max(500 / image.width, 375 / image.height)
    image = image.resize((round(image.width * scale), round(image.height * scale)), Image.BICUBIC)
    left, top = (image.width - 500) // 2, (image.height - 375) // 2
    image = image.crop((left, top, left + 500, top + 375))
    os.makedirs(f"{folder}/{name}", exist_ok=True)
    for copy in range(COPIES):
        # Each a little smaller than the one before, so that no two are alike.
        image.crop((0, 0, 500 - 2 * copy, 375 - copy)).save(f"{folder}/{name}/{copy:02}.jpg", quality=90)
open(f"{folder}/done", "w").close()
