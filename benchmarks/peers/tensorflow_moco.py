"""MoCo v2 steps in Python TensorFlow: python tensorflow_moco.py '<model as JSON>' <threads> eager|function."""
import json
import math
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import tensorflow as tf
from protocol import serve

model = json.loads(sys.argv[1])
tf.config.threading.set_intra_op_parallelism_threads(int(sys.argv[2]))
tf.config.threading.set_inter_op_parallelism_threads(int(sys.argv[2]))
tf.random.set_seed(0)

RATE, MOMENTUM, DECAY, EMA, TEMPERATURE = 0.03, 0.9, 1e-4, 0.999, 0.2
BATCH, QUEUE, DIM = model["batch"], model["queue"], model["dim"]


class ConvolutionNorm:
    """Convolution without bias, padded as PyTorch does, and the fused batch norm."""

    def __init__(self, inside, outside, kernel, stride):
        deviation = math.sqrt(2 / (kernel * kernel * outside))
        self.weight = tf.Variable(tf.random.normal([kernel, kernel, inside, outside], 0, deviation))
        self.scale = tf.Variable(tf.ones([outside]))
        self.offset = tf.Variable(tf.zeros([outside]))
        self.mean = tf.Variable(tf.zeros([outside]), trainable=False)
        self.variance = tf.Variable(tf.ones([outside]), trainable=False)
        self.stride = stride
        sides = [kernel // 2, kernel // 2]
        self.padding = [[0, 0], sides, sides, [0, 0]]
        self.variables = [self.weight, self.scale, self.offset]

    def __call__(self, x):
        x = tf.nn.conv2d(x, self.weight, self.stride, self.padding)
        y, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            x,
            self.scale,
            self.offset,
            self.mean,
            self.variance,
            epsilon=1e-5,
            is_training=True,
            exponential_avg_factor=0.1,
        )
        self.mean.assign(mean)
        self.variance.assign(variance)
        return y


class Block:
    def __init__(self, inside, width, stride, bottleneck):
        outside = 4 * width if bottleneck else width
        sizes = (
            [(inside, width, 1, 1), (width, width, 3, stride), (width, outside, 1, 1)]
            if bottleneck
            else [(inside, width, 3, stride), (width, outside, 3, 1)]
        )
        self.main = [ConvolutionNorm(*size) for size in sizes]
        same = stride == 1 and inside == outside
        self.short = None if same else ConvolutionNorm(inside, outside, 1, stride)
        self.variables = [v for part in [*self.main, self.short] if part for v in part.variables]

    def __call__(self, x):
        y = x
        for part in self.main[:-1]:
            y = tf.nn.relu(part(y))
        return tf.nn.relu(self.main[-1](y) + (self.short(x) if self.short else x))


class Linear:
    def __init__(self, inside, outside):
        bound = 1 / math.sqrt(inside)
        self.weight = tf.Variable(tf.random.uniform([inside, outside], -bound, bound))
        self.bias = tf.Variable(tf.zeros([outside]))
        self.variables = [self.weight, self.bias]

    def __call__(self, x):
        return tf.nn.bias_add(tf.matmul(x, self.weight), self.bias)


class Encoder:
    def __init__(self):
        inside = model["widths"][0]
        self.imagenet = model["stem"] == "imagenet"
        self.stem = ConvolutionNorm(model["shape"][2], inside, *((7, 2) if self.imagenet else (3, 1)))
        self.blocks = []
        for stage, (count, width) in enumerate(zip(model["blocks"], model["widths"])):
            for block in range(count):
                stride = 2 if stage > 0 and block == 0 else 1
                self.blocks.append(Block(inside, width, stride, model["bottleneck"]))
                inside = 4 * width if model["bottleneck"] else width
        self.head = [Linear(inside, model["hidden"]), Linear(model["hidden"], DIM)]
        self.variables = [v for part in [self.stem, *self.blocks, *self.head] for v in part.variables]

    def __call__(self, x):
        x = tf.nn.relu(self.stem(x))
        if self.imagenet:
            x = tf.nn.max_pool2d(x, 3, 2, [[0, 0], [1, 1], [1, 1], [0, 0]])
        for block in self.blocks:
            x = block(x)
        x = tf.reduce_mean(x, [1, 2])
        return tf.nn.l2_normalize(self.head[1](tf.nn.relu(self.head[0](x))), 1)


query, key = Encoder(), Encoder()
for own, other in zip(key.variables, query.variables):
    own.assign(other)
buffers = [tf.Variable(tf.zeros_like(variable), trainable=False) for variable in query.variables]
queue = tf.Variable(tf.nn.l2_normalize(tf.random.normal([QUEUE, DIM]), 1), trainable=False)
pointer = tf.Variable(0, trainable=False)
labels = tf.zeros([BATCH], tf.int32)


def train(first, second):
    for own, other in zip(key.variables, query.variables):
        own.assign_sub((1 - EMA) * (own - other))
    keys = key(second)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(query.variables)
        queries = query(first)
        positive = tf.reduce_sum(queries * keys, 1, keepdims=True)
        logits = tf.concat([positive, tf.matmul(queries, queue, transpose_b=True)], 1) / TEMPERATURE
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
    for variable, buffer, gradient in zip(query.variables, buffers, tape.gradient(loss, query.variables)):
        tf.raw_ops.ResourceApplyMomentum(
            var=variable.handle,
            accum=buffer.handle,
            lr=RATE,
            grad=gradient + DECAY * variable,
            momentum=MOMENTUM,
        )
    queue[pointer : pointer + BATCH].assign(keys)
    pointer.assign((pointer + BATCH) % QUEUE)
    return loss


if sys.argv[3] == "function":
    train = tf.function(train)
first = tf.random.uniform([BATCH, *model["shape"]])
second = tf.identity(first)
serve(
    tf.__version__,
    sum(math.prod(variable.shape) for variable in query.variables),
    BATCH,
    lambda: float(train(first, second).numpy()),
)
