//! The file format of ONNX models: which field of which message has which number, and protobuf read and written.
//!
//! The numbers are those of `onnx/onnx.proto` in the repository onnx/onnx; they never change, since files outlive versions.

pub(crate) mod read;
pub(crate) mod write;

/// `ModelProto`.
pub(crate) mod model {
    pub(crate) const IR_VERSION: u32 = 1;
    pub(crate) const PRODUCER_NAME: u32 = 2;
    pub(crate) const PRODUCER_VERSION: u32 = 3;
    pub(crate) const DOC_STRING: u32 = 6;
    pub(crate) const GRAPH: u32 = 7;
    pub(crate) const OPSET_IMPORT: u32 = 8;
    pub(crate) const METADATA_PROPS: u32 = 14;
    /// The property in which Tombola keeps the tasks of a ticket, as its metadata have them.
    pub(crate) const PORTS: &str = "ports";
    /// The producer of such models.
    pub(crate) const PRODUCER: &str = "tombola";
}

/// `GraphProto`.
pub(crate) mod graph {
    pub(crate) const NODE: u32 = 1;
    pub(crate) const NAME: u32 = 2;
    pub(crate) const INITIALIZER: u32 = 5;
    pub(crate) const INPUT: u32 = 11;
    pub(crate) const OUTPUT: u32 = 12;
    pub(crate) const SPARSE_INITIALIZER: u32 = 15;
}

/// `NodeProto`.
pub(crate) mod node {
    pub(crate) const INPUT: u32 = 1;
    pub(crate) const OUTPUT: u32 = 2;
    pub(crate) const NAME: u32 = 3;
    pub(crate) const OP_TYPE: u32 = 4;
    pub(crate) const ATTRIBUTE: u32 = 5;
    pub(crate) const DOMAIN: u32 = 7;
}

/// `AttributeProto`.
pub(crate) mod attribute {
    pub(crate) const NAME: u32 = 1;
    pub(crate) const F: u32 = 2;
    pub(crate) const I: u32 = 3;
    pub(crate) const T: u32 = 5;
    pub(crate) const FLOATS: u32 = 7;
    pub(crate) const INTS: u32 = 8;
    pub(crate) const STRINGS: u32 = 9;
    pub(crate) const TYPE: u32 = 20;
    /// The value of [`TYPE`] of a float.
    pub(crate) const FLOAT: usize = 1;
    /// And of an integer.
    pub(crate) const INT: usize = 2;
}

/// `TensorProto`.
pub(crate) mod tensor {
    pub(crate) const DIMS: u32 = 1;
    pub(crate) const DATA_TYPE: u32 = 2;
    pub(crate) const SEGMENT: u32 = 3;
    pub(crate) const FLOAT_DATA: u32 = 4;
    pub(crate) const INT32_DATA: u32 = 5;
    pub(crate) const STRING_DATA: u32 = 6;
    pub(crate) const INT64_DATA: u32 = 7;
    pub(crate) const NAME: u32 = 8;
    pub(crate) const RAW_DATA: u32 = 9;
    pub(crate) const DOUBLE_DATA: u32 = 10;
    pub(crate) const UINT64_DATA: u32 = 11;
    pub(crate) const EXTERNAL_DATA: u32 = 13;
    pub(crate) const DATA_LOCATION: u32 = 14;
    /// The value of [`DATA_LOCATION`] of numbers in another file.
    pub(crate) const EXTERNAL: i64 = 1;
}

/// `TensorProto.DataType`.
pub(crate) mod data_type {
    pub(crate) const FLOAT: usize = 1;
    pub(crate) const INT64: usize = 7;
}

/// `OperatorSetIdProto`.
pub(crate) mod operator_set {
    pub(crate) const DOMAIN: u32 = 1;
    pub(crate) const VERSION: u32 = 2;
}

/// `StringStringEntryProto`.
pub(crate) mod entry {
    pub(crate) const KEY: u32 = 1;
    pub(crate) const VALUE: u32 = 2;
}

/// `ValueInfoProto`, and below it `TypeProto`, `TypeProto.Tensor`, `TensorShapeProto` and its `Dimension`.
pub(crate) mod value_info {
    pub(crate) const NAME: u32 = 1;
    pub(crate) const TYPE: u32 = 2;
    pub(crate) const TENSOR_TYPE: u32 = 1;
    pub(crate) const ELEM_TYPE: u32 = 1;
    pub(crate) const SHAPE: u32 = 2;
    pub(crate) const DIM: u32 = 1;
    pub(crate) const DIM_VALUE: u32 = 1;
    pub(crate) const DIM_PARAM: u32 = 2;
}

/// Whether these bytes are a model: a message with a graph.
pub(crate) fn is_model(bytes: &[u8]) -> bool {
    let mut has_graph = false;
    for field in read::fields(bytes) {
        match field {
            Ok((model::GRAPH, read::Value::Bytes(_))) => has_graph = true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
    has_graph
}
