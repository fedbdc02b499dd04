//! Tensors that no linear layer has: what they belong to, and what can be done about them.

/// What a tensor's own name gives away.
struct Sign {
    is: fn(&str) -> bool,
    /// What it belongs to, and the remedy.
    what: &'static str,
}

const SIGNS: [Sign; 10] = [
    Sign {
        is: |name| {
            matches!(
                name,
                "running_mean" | "running_var" | "num_batches_tracked" | "moving_mean" | "moving_variance"
            )
        },
        what: "a batch normalization, which a ticket does not have; fold it into the layer before it with \
               torch.nn.utils.fusion.fuse_linear_bn_eval and save again",
    },
    Sign {
        is: |name| matches!(name, "weight_u"),
        what: "spectral norm; make its weights plain with torch.nn.utils.remove_spectral_norm and save again",
    },
    Sign {
        is: |name| matches!(name, "weight_g" | "weight_v"),
        what: "weight norm; make its weights plain with torch.nn.utils.remove_weight_norm and save again",
    },
    Sign {
        is: |name| matches!(name, "original" | "original0" | "original1" | "_u" | "_v"),
        what: "a parametrization, such as weight norm; make its weights plain with \
               torch.nn.utils.parametrize.remove_parametrizations and save again",
    },
    Sign {
        is: |name| {
            ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]
                .iter()
                .any(|start| name.starts_with(start))
                || name == "recurrent_kernel"
        },
        what: "a recurrent layer, and a ticket has linear layers with ReLU between them",
    },
    Sign {
        is: |name| {
            matches!(
                name,
                "in_proj_weight"
                    | "in_proj_bias"
                    | "q_proj_weight"
                    | "k_proj_weight"
                    | "v_proj_weight"
                    | "bias_k"
                    | "bias_v"
            )
        },
        what: "attention, and a ticket has linear layers with ReLU between them",
    },
    Sign {
        is: |name| {
            matches!(
                name,
                "_packed_params"
                    | "scale"
                    | "zero_point"
                    | "qweight"
                    | "qzeros"
                    | "scales"
                    | "g_idx"
                    | "SCB"
                    | "weight_scale"
                    | "input_scale"
                    | "weight_format"
            ) || name.starts_with("absmax")
                || name.starts_with("quant_")
        },
        what: "a quantized layer; save the network as it was before it was quantized",
    },
    Sign {
        is: |name| matches!(name, "exp_avg" | "exp_avg_sq" | "momentum_buffer" | "step"),
        what: "an optimizer; save the state_dict of the network alone",
    },
    Sign {
        is: |name| matches!(name, "gamma" | "beta"),
        what: "a normalization, which a ticket does not have; fold it into the layer before it and save again",
    },
    Sign {
        is: |name| matches!(name, "embeddings" | "embedding" | "pos_embed" | "cls_token"),
        what: "an embedding, and a ticket has linear layers with ReLU between them",
    },
];

/// What a tensor of this name belongs to, where the name says so.
pub(super) fn by_name(leaf: &str) -> Option<&'static str> {
    SIGNS.iter().find(|sign| (sign.is)(leaf)).map(|sign| sign.what)
}

/// What a module is of which `weight` has this shape, where it is no linear layer.
pub(super) fn by_shape(module: &str, shape: &[usize], has_bias: bool) -> Option<&'static str> {
    let last = module
        .rsplit(['.', '/'])
        .next()
        .unwrap_or(module)
        .to_ascii_lowercase();
    match shape.len() {
        2 if module.split(['.', '/']).any(|name| name.starts_with("lora_")) => {
            Some("an adapter (LoRA); merge it into the network with merge_and_unload() and save again")
        }
        2 if !has_bias && last.contains("emb") => {
            Some("an embedding, and a ticket has linear layers with ReLU between them")
        }
        2 => None,
        0 | 1 if shape.iter().product::<usize>() == 1 && !has_bias => {
            Some("a PReLU, and between the layers of a ticket is ReLU; train with ReLU")
        }
        0 | 1 => Some(
            "a normalization or an activation (LayerNorm, BatchNorm, PReLU), and between the layers of a ticket is ReLU \
             alone; where it is a batch normalization, fold it into the layer before it",
        ),
        3..=5 => Some("a convolution, and a ticket has linear layers with ReLU between them"),
        _ => Some("no linear layer, whose weights have two axes, (out, in)"),
    }
}
