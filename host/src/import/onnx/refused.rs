//! Says of operators that a ticket does not have why, and what can be done.

/// Operators that belong together, and what is said of them.
const REASONS: [(&[&str], &str); 8] = [
    (
        &[
            "Celu",
            "Clip",
            "Elu",
            "Erf",
            "Gelu",
            "HardSigmoid",
            "HardSwish",
            "LeakyRelu",
            "Mish",
            "PRelu",
            "Selu",
            "Sigmoid",
            "Softmax",
            "Softplus",
            "Softsign",
            "Swish",
            "Tanh",
            "ThresholdedRelu",
            "Pow",
            "Sqrt",
            "Exp",
            "Max",
            "Min",
        ],
        "between the layers of a ticket is ReLU; train with ReLU",
    ),
    (
        &[
            "BatchNormalization",
            "GroupNormalization",
            "InstanceNormalization",
            "LayerNormalization",
            "LpNormalization",
            "LRN",
            "RMSNormalization",
        ],
        "a ticket has no normalization between layers; where it is a batch normalization, fold it into the layer before it, \
         with torch.nn.utils.fusion.fuse_linear_bn_eval in PyTorch",
    ),
    (
        &[
            "Conv",
            "ConvTranspose",
            "MaxPool",
            "AveragePool",
            "GlobalAveragePool",
            "GlobalMaxPool",
            "Pad",
            "Resize",
        ],
        "a ticket has linear layers alone, no convolution or pooling",
    ),
    (
        &["LSTM", "GRU", "RNN", "Scan", "Loop", "If"],
        "a ticket has linear layers alone, no loops and no recurrent ones",
    ),
    (
        &["Attention", "MultiHeadAttention", "Einsum"],
        "a ticket has linear layers alone, no attention",
    ),
    (&QUANTIZED, "the model is quantized; export it as it was before"),
    (
        &["Concat", "Sum", "Add", "Sub", "Mul", "Div"],
        "a ticket is a chain of linear layers with ReLU between them; what it computes beside them is not read",
    ),
    (
        &[
            "LinearClassifier",
            "LinearRegressor",
            "TreeEnsembleClassifier",
            "TreeEnsembleRegressor",
            "SVMClassifier",
            "Normalizer",
        ],
        "a ticket is a multilayer perceptron, as of MLPClassifier",
    ),
];

const QUANTIZED: [&str; 8] = [
    "DequantizeLinear",
    "DynamicQuantizeLinear",
    "QuantizeLinear",
    "QLinearMatMul",
    "QGemm",
    "MatMulInteger",
    "QLinearConv",
    "QLinearAdd",
];

/// Whether an operator is one of quantized models.
pub(super) fn is_quantized(operator: &str) -> bool {
    QUANTIZED.contains(&operator)
}

/// Why a ticket does not have this operator.
pub(super) fn operator(operator: &str) -> String {
    match REASONS.iter().find(|(operators, _)| operators.contains(&operator)) {
        Some((_, reason)) => (*reason).to_owned(),
        None => "this operator is not read; a ticket has Gemm, or MatMul and Add, with Relu between, after Flatten and \
                 normalization of the inputs, before Sigmoid, Softmax or ArgMax"
            .to_owned(),
    }
}
