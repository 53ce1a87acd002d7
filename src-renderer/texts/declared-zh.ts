/** @file What the app declares in English, methods with their settings and the choices of de-identification, in Chinese: by the English words. */

export const declaredInChinese: Readonly<Record<string, string>> = {
  // Methods
  Segment: "分割",
  "Learns from your annotations to outline the same structures in new images.":
    "从您的标注中学习，在新图像上勾画同样的结构。",
  Standard: "标准",
  "A good start for most sets of images.": "适合大多数图像集的起点。",
  "Quick look": "快速试看",
  "A small network on small images, to see whether the annotations teach what they should.":
    "在小图像上训练小网络，看看标注是否教会了应学的内容。",
  "Fine detail": "精细",
  "Larger images and more steps, for small structures and thin borders.":
    "更大的图像、更多的步数，适合细小结构和纤细边界。",
  Steps: "步数",
  "Updates of the network; each sees one batch.": "网络的更新次数；每次使用一个批次。",
  "Image size": "图像大小",
  "Side in pixels to which images are brought for the network. Larger sees finer detail and takes longer.":
    "送入网络前图像缩放到的边长（像素）。越大细节越多，耗时也越长。",
  "Batch size": "批次大小",
  "Images per step. Smaller needs less memory.": "每步的图像数。越小占用内存越少。",
  "Learning rate": "学习率",
  "Step size of AdamW at its largest.": "AdamW 的最大步长。",
  Schedule: "学习率调度",
  "How the learning rate falls to 0 after a short rise.": "学习率短暂上升后降至 0 的方式。",
  cosine: "余弦",
  poly: "多项式",
  Augmentation: "数据增强",
  "Vary training images at random: flips, rotation, scaling, brightness, contrast, noise.":
    "随机变换训练图像：翻转、旋转、缩放、亮度、对比度、噪声。",
  "Validate every": "验证间隔",
  "Steps between two checks on the validation images; the best check becomes the model.":
    "两次验证之间的步数；验证结果最好的一次成为模型。",
  "Network width": "网络宽度",
  "Channels at full resolution; doubled at each level.": "全分辨率层的通道数；每下降一级加倍。",
  "Network depth": "网络深度",
  "Levels of resolution, the full one included.": "分辨率级数，含全分辨率。",
  "Measure this computer first": "先测试这台电脑",
  "Times several ways to compute each layer and takes the fastest: some seconds, once per image size and network.":
    "为每一层比较几种计算方式并选用最快的：需要数秒，每种图像大小和网络只做一次。",
  Backbone: "骨干网络",
  "Own networks learn everything from your images. Or a Stable Diffusion of yours that was added to this computer stays as it is, and small networks learn to steer it.":
    "自有网络完全从您的图像中学习；或者保持您添加到这台电脑上的 Stable Diffusion 不变，由小网络学习如何引导它。",
  "own networks": "自有网络",
  "Start from the backbone's noise": "以骨干网络的噪声预测为起点",
  "What is learned is added to the noise that the backbone's own UNet predicts, where it has one. Off: half the time.":
    "若骨干网络带有自己的 UNet，所学内容会加到它预测的噪声上。关闭：用时减半。",
  "Images without masks: {count}. They are not learned from on a backbone, which knows images already.":
    "没有掩膜的图像：{count}。在骨干网络上训练时不使用它们：它已见过大量图像。",
  "All images are gray. The backbone learned from images in color: it sees these as colors without hue, and what it paints may have hues.":
    "所有图像均为灰度。骨干网络以彩色图像训练：它将这些图像视为无色调的彩色图像，所生成的图像可能带有色调。",
  "All images are gray, and the model to go on from paints in color: it sees these as colors without hue, and what it paints may have hues.":
    "所有图像均为灰度，而作为起点的模型绘制彩色图像：它将这些图像视为无色调的彩色图像，所生成的图像可能带有色调。",
  // Ways of training that experiments compare
  "real pairs alone": "仅真实图像对",
  "real pairs and moved ones": "真实图像对及其移动后的图像对",
  "real and synthetic pairs": "真实与合成图像对",
  GenSeg: "GenSeg",
  DiffMIC: "DiffMIC",
  "GenSeg, real pairs moved too": "GenSeg，真实图像对也移动",
  "real pairs and those of Siamese-Diffusion": "真实图像对与 Siamese-Diffusion 生成的图像对",
  "supervised training, images of the other modality too": "监督训练，也用另一模态的图像",
  "supervised training, translated images too": "监督训练，也用翻译得到的图像",
  "Siamese-Diffusion, its prior from unlabelled images too": "Siamese-Diffusion，其先验也从未标注图像学习",
  "one look by a plain network": "普通网络看一次",
  "one look by a network of your own, as ONNX": "您自己的网络（ONNX）看一次",
  "the plain network, synthetic images of each class too": "普通网络，也用每个类别的合成图像",
  "supervised training": "监督训练",
  "supervised training with augmentation": "带数据增强的监督训练",
  "mean teacher": "均值教师（mean teacher）",
  BCP: "BCP（双向复制粘贴）",
  "Learn from unlabelled images too": "也从未标注的图像中学习",
  "Learns from your annotations and from images that nobody annotated, by pasting parts of each into the other (BCP). Worth most with very few annotations.":
    "从您的标注以及无人标注的图像中学习：把两者的部分互相粘贴（BCP）。标注很少时最有价值。",
  "Mean teacher": "均值教师",
  "Learns from your annotations, and to say the same of unlabelled images as a slow average of itself. The plain baseline to compare with.":
    "从您的标注中学习，并学着对未标注图像给出与自身缓慢平均相同的结果。用于比较的基本方法。",
  "Updates of the network, all stages together.": "网络的更新次数，所有阶段合计。",
  "Series as volumes": "系列作为体数据",
  "Learns whole series of slices with a V-Net, in patches and a network that this computer can take.":
    "用 V-Net 学习整个切片系列，小块和网络的大小适合这台电脑。",
  "As published, volumes": "如论文，体数据",
  "Settings of the paper on left atria: patches of 112 × 112 × 80, 9.4 million weights, 17 000 steps. For a graphics card.":
    "论文在左心房上的设置：112 × 112 × 80 的小块、940 万个权重、17 000 步。需要显卡。",
  Dimensions: "维数",
  "Each image by itself, or series of slices as volumes, in patches, with a V-Net; such trainings have other defaults.":
    "每幅图像单独处理，或把一系列切片作为体数据，按小块用 V-Net 训练；这类训练的默认值不同。",
  "2: image by image": "二维：逐张图像",
  "3: series as volumes": "三维：序列作为体数据",
  "2": "二维",
  "3": "三维",
  "Side in pixels to which images are brought for the network; of volumes: side of the patches. Larger sees finer detail and takes longer.":
    "送入网络的图像边长（像素）；体数据为小块的边长。越大看到的细节越多，耗时越长。",
  "Slices of a patch": "小块的切片数",
  "How many slices the network sees at a time. Shorter series are filled up with nothing.":
    "网络一次看到的切片数。较短的系列用空白补足。",
  "Size of slices": "切片大小",
  "Longer side in pixels to which larger slices are reduced before patches are cut.":
    "截取小块之前，较大的切片缩小到的长边（像素）。",
  Intensities: "灰度",
  "z-score brings each volume to mean 0 and deviation 1 (MR); abdomen takes -125 to 275 HU as 0 to 1 (CT).":
    "z 分数使每个体数据均值为 0、标准差为 1（MR）；腹部把 -125 到 275 HU 映射到 0 到 1（CT）。",
  "z-score": "z 分数",
  abdomen: "腹部",
  "Half batch": "半批次",
  "Images per half: each step sees two halves of labelled and two of unlabelled images. Smaller needs less memory.":
    "每半批的图像数：每步使用两半已标注和两半未标注的图像。越小占用内存越少。",
  Dropout: "随机丢弃",
  "Drop 5 to 50 % of the numbers on the way down while training, the more the deeper; of volumes half of the channels, twice.":
    "训练时在下行路径上丢弃 5 % 到 50 % 的数值，层级越深越多；体数据则两次丢弃一半的通道。",
  Optimizer: "优化器",
  "Adam learns fast in short runs; SGD with momentum 0.9 and weight decay 0.0001 is that of the paper.":
    "Adam 在短时训练中学得快；论文使用动量 0.9、权重衰减 0.0001 的 SGD。",
  adam: "Adam",
  sgd: "SGD",
  "Step size at its largest: 0.003 for Adam, 0.01 for SGD.": "最大步长：Adam 用 0.003，SGD 用 0.01。",
  "How the learning rate goes: a fifth of it after 70 % of the last stage, constant, half a cosine in each stage, or a tenth after every 2500 steps of the last stage.":
    "学习率的变化：最后阶段的 70 % 之后降为五分之一、保持不变、每个阶段半个余弦，或最后阶段每 2500 步降为十分之一。",
  tenths: "十分之一",
  drop: "下降",
  constant: "不变",
  "Vary images at random: flips and quarter turns; as in the paper, slices also by angles up to 20°; any angle, scale and brightness (not of volumes); nothing, where the side of the body matters.":
    "随机变换图像：翻转和直角旋转；如论文，切片再加最多 20° 的角度；任意角度、缩放和亮度（体数据除外）；左右侧有意义时不变换。",
  flips: "翻转",
  paper: "如论文",
  any: "任意",
  none: "无",
  "Teacher's inertia": "教师的惯性",
  "Share of its old weights that the teacher keeps at each step; 0.97 for fewer than 300 steps.":
    "教师每步保留旧权重的比例；少于 300 步时用 0.97。",
  "Teacher's statistics": "教师的统计量",
  "Running statistics of the teacher's batch norm: averaged like its weights, copied from the student, or of its own passes.":
    "教师批归一化的滑动统计量：像权重一样平均、从学生复制，或来自自身的计算。",
  average: "平均",
  copy: "复制",
  own: "自身",
  Model: "模型",
  "Which of the two networks becomes the model. The other one stays available for review.":
    "两个网络中哪一个成为模型。另一个仍可用于审核。",
  student: "学生",
  teacher: "教师",
  Keep: "保留",
  "The weights with the best validation Dice, or the last ones. With few validation images the best is partly luck.":
    "保留验证 Dice 最好的权重，或最后的权重。验证图像很少时，最好的部分出于偶然。",
  best: "最好",
  last: "最后",
  "Clean statistics": "重新测量统计量",
  "Measure the batch norm of the model anew on whole images before it is judged and exported: it learned on altered ones.":
    "在评判和导出之前，用完整图像重新测量模型的批归一化：它是在改动过的图像上学习的。",
  "Share of pre-training": "预训练比例",
  "Of the steps, in which collages of labelled images alone are learned. None when going on from a model.":
    "总步数中只学习已标注图像拼贴的部分。从已有模型继续时没有预训练。",
  "Pre-training": "预训练",
  "With collages of labelled images, or with the images as they are.": "使用已标注图像的拼贴，或原样的图像。",
  collages: "拼贴",
  plain: "原样",
  Mixing: "混合",
  "Collages in both directions, only unlabelled pasted into labelled, only labelled pasted into unlabelled, or none.":
    "双向拼贴、只把未标注贴入已标注、只把已标注贴入未标注，或不拼贴。",
  both: "双向",
  in: "贴入已标注",
  out: "贴入未标注",
  "Off: other labelled images take their place, to see what they are worth.":
    "关闭时由其他已标注图像代替，以了解未标注图像的价值。",
  "Learn from unlabelled images": "从未标注图像中学习",
  "Weight of pseudo-labels": "伪标签的权重",
  "Against 1 for what a person drew.": "人工绘制的为 1。",
  Mask: "掩膜",
  "What is pasted: one block, nine small ones, or a slab from side to side.":
    "粘贴的形状：一整块、九小块，或贯穿的条带。",
  block: "一整块",
  cells: "九小块",
  slab: "条带",
  "Size of the mask": "掩膜大小",
  "Share of each side that a block takes.": "一块在每条边上所占的比例。",
  "1/3": "三分之一",
  "1/2": "二分之一",
  "2/3": "三分之二",
  "5/6": "六分之五",
  "A mask for each image": "每幅图像各用一个掩膜",
  "Off: one mask for all images of a step.": "关闭：每步所有图像共用一个掩膜。",
  "Overlap over": "重叠的计算范围",
  "Overlap is counted over the whole batch, as in the paper's 2-D program, or in each image, as in its 3-D one.":
    "在整个批次上计算重叠（论文的二维程序），或在每幅图像内计算（三维程序）。",
  batch: "批次",
  image: "图像",
  "Teacher's mode": "教师的模式",
  "train: with dropout and the statistics of the batch, as in the paper's program; eval: as a model predicts.":
    "训练：使用随机丢弃和批次统计量，如论文的程序；预测：与模型预测时相同。",
  "train: with dropout and the statistics of the batch; eval: as a model predicts.":
    "训练：使用随机丢弃和批次统计量；预测：与模型预测时相同。",
  train: "训练",
  eval: "预测",
  "Parts kept": "保留的部分",
  "Of each class of a pseudo-label: the largest part (an organ), the several largest, all that are large (lesions), or all.":
    "伪标签的每个类别：最大的部分（器官）、最大的几个、所有较大的（病灶），或全部。",
  largest: "最大的",
  several: "几个",
  large: "较大的",
  all: "全部",
  "Number of parts": "部分的数量",
  "For several parts: how many of each class stay in an image.": "保留几个部分时：每个类别在一幅图像中保留多少个。",
  "Smallest part": "最小的部分",
  "For large parts: percent of the image or patch that a part must cover to stay.":
    "保留较大部分时：一个部分至少须占图像或小块的百分之几。",
  "Parts touch by": "部分的相连方式",
  "Whether what touches at a corner alone is one part. edges: in volumes at an edge too, but not at a corner (18 neighbours).":
    "仅以角相接的是否算作同一部分。棱：体数据中以棱相接也算，以角相接不算（18 邻域）。",
  edges: "棱",
  corners: "角",
  sides: "边",
  "Keep the optimizer's memory": "保留优化器的记忆",
  "The second stage goes on with the moments of the first.": "第二阶段沿用第一阶段的动量。",
  "Both collages in one pass": "两种拼贴一次计算",
  "Faster; batch norm then sees both together, which the paper's program does not.":
    "更快；但批归一化会同时看到两者，论文的程序并非如此。",
  "Strong intensities for the student": "对学生使用强烈的灰度变化",
  "Vary contrast, brightness and sharpness of the collages strongly; the teacher sees the images as they are.":
    "强烈变化拼贴的对比度、亮度和清晰度；教师看到原样的图像。",
  "Least margin": "最小差距",
  "Pseudo-labels count only where the likeliest class is so much likelier than the second. 0: everywhere.":
    "只有最可能的类别比第二可能的高出这么多时，伪标签才算数。0：处处算数。",
  "Weight of agreement": "一致性的权重",
  "Of the squared difference between the two networks, once it has risen.":
    "两个网络之差的平方的权重（升至最高之后）。",
  "Rise of that weight": "该权重的上升",
  "Share of the steps in which it rises: exp(-5 (1 - t)²).": "权重上升所占步数的比例：exp(-5 (1 - t)²)。",
  Noise: "噪声",
  "Deviation of the noise that each network's unlabelled images get, in deviations of the image, cut at twice that.":
    "两个网络的未标注图像各自所加噪声的标准差，以图像标准差为单位，截断于两倍。",
  "For this computer": "适合这台电脑",
  "Image size, network and steps chosen by your images and this computer.":
    "图像大小、网络和步数由您的图像和这台电脑决定。",
  "As published": "如论文",
  "Settings of the paper on heart slices: 256 pixels, 1.8 million weights, 40 000 steps. For a graphics card.":
    "论文在心脏切片上的设置：256 像素、180 万个权重、40 000 步。适合使用显卡。",
  Small: "小",
  "64 pixels and 28 000 weights: a trial in a minute or two, and what the tests use.":
    "64 像素、2.8 万个权重：一两分钟的试验，也用于测试。",
  Medium: "中",
  "96 pixels and 114 000 weights: a few minutes.": "96 像素、11.4 万个权重：几分钟。",
  "Out loss": "向外损失",
  "Into loss": "向内损失",
  // Curves
  Loss: "损失",
  "Dice loss": "Dice 损失",
  "Cross entropy": "交叉熵",
  "Validation L1": "验证 L1",
  "Paint images for masks": "为掩膜生成图像",
  "Trains a generator that paints images for masks (pix2pix), for new pairs to learn from. It outlines nothing itself.":
    "训练一个为掩膜生成图像的生成器（pix2pix），用于获得新的学习样本对。它本身不勾画任何结构。",
  "Updates of the generator, with one of the discriminator before each.": "生成器的更新次数，每次之前判别器更新一次。",
  "Annotated training images with an empty mask: {empty} of {labelled}. They teach the generator what an image without any class looks like; no new masks come of them.":
    "掩膜为空的已标注训练图像：{labelled} 张中的 {empty} 张。它们让生成器学到没有任何类别的图像是什么样子；不会由它们产生新掩膜。",
  "No annotated training image shows {classes}: the model cannot learn to paint that.":
    "没有任何已标注的训练图像显示{classes}：模型无法学会生成它。",
  "Image size, networks and steps that this computer takes in well under an hour.":
    "这台电脑在远少于一小时内可完成的图像大小、网络和步数。",
  unet: "U-Net",
  deeplab: "DeepLab",
  "Steps between two looks at the validation images.": "两次查看验证图像之间的步数。",
  "The last weights, or those whose paintings of validation masks differ least from the real images: these tend to be blurred.":
    "保留最后的权重，或对验证掩膜生成的图像与真实图像差异最小的权重：后者往往较模糊。",
  "The figure of the validation images is how far paintings differ from the real images. It is lowest while paintings are blurred, and no mask can tell all of an image: look at the pictures too.":
    "验证图像的数值表示生成图像与真实图像的差异。图像模糊时它最低，而且掩膜无法说明图像的一切：也请查看图片。",
  "Validation Dice": "验证 Dice",
  // De-identification
  Dates: "日期",
  "The day of an examination can point to a person.": "检查日期可能指向某个人。",
  Remove: "去除",
  "Keep, moved by the same number of days for each patient": "保留，但每位患者的日期平移相同的天数",
  "Keep as they are": "原样保留",
  "Keep sex, age, size and weight": "保留性别、年龄、身高和体重",
  "Ages above 90 are stored as 90.": "90 岁以上存为 90 岁。",
  "Keep the device": "保留设备信息",
  "Maker, model, serial number and name of the scanner.": "扫描设备的厂商、型号、序列号和名称。",
  "Keep the institution": "保留机构信息",
  "Name, address and department of the hospital.": "医院的名称、地址和科室。",
  "Keep technical words of descriptions": "保留描述中的技术用语",
  "Such as “T2 axial” of the series description; other words go.": "例如序列描述中的“T2 axial”；其他词语去除。",
  "Keep study, series and instance UIDs": "保留检查、序列和实例 UID",
  "They lead back to the archive of the hospital.": "通过它们可以追溯到医院的影像归档。",
  "Keep overlay planes": "保留叠加层",
  "Lines drawn over the image, not their names and comments. They may show writing.":
    "图像上的线条，不含其名称和注释；其中可能有文字。",
  "Keep private attributes that the standard calls safe": "保留标准认定安全的私有属性",
  "Those of DICOM PS3.15 table E.3.10-1.": "即 DICOM PS3.15 表 E.3.10-1 所列的属性。",
  "Keep file names": "保留文件名",
  "Also those that may hold the name of a person; else a pseudonym stands for them.":
    "包括可能含有人名的文件名；否则以化名代替。",
  // GenSeg
  "Learn from synthetic images too": "也从合成图像中学习",
  "Trains a generator that paints images for masks, deforms your masks, and learns to outline from both (GenSeg). For 9 to 40 annotations.":
    "训练一个按掩膜绘制图像的生成器，使您的掩膜变形，并从两者中学习勾画（GenSeg）。适合 9 到 40 个标注。",
  "Sized for this computer": "适合这台电脑",
  "Image size, networks and steps that this computer takes in well under an hour; without the search where fewer than 4 validation images could lead it.":
    "图像大小、网络和步数使这台电脑在一小时内完成；验证图像少于 4 幅、不足以引导搜索时，不做搜索。",
  "Without the search": "不做搜索",
  "The generator learns, then stays as it is, and real pairs are moved too. The safe choice with few validation images.":
    "生成器先学习，之后保持不变；真实图像对也被移动。验证图像很少时的稳妥选择。",
  "The paper's image size and networks. For a computer with a graphics card.": "论文的图像大小和网络。需要显卡。",
  "Small networks on small images, to see whether a generator learns here at all.":
    "小图像上的小网络，看看生成器在此能否学到东西。",
  "Updates of the segmenter, after the generator has learned by itself.": "生成器单独学习之后，分割网络的更新次数。",
  "Steps of the generator alone": "生成器单独的步数",
  "Updates of the generator before the segmenter learns.": "分割网络开始学习之前，生成器的更新次数。",
  "Side in pixels to which images are brought for the networks. Larger shows finer detail and takes longer.":
    "送入网络前图像缩放到的边长（像素）。越大细节越多，耗时也越长。",
  "Images per step, and as many synthetic ones. Smaller needs less memory.":
    "每步的图像数，以及同样多的合成图像。越小占用内存越少。",
  "Learning rate of the generator": "生成器的学习率",
  "Step size of Adam for generator and discriminator.": "生成器和判别器的 Adam 步长。",
  "Width of the generator": "生成器宽度",
  "Channels at half the resolution; doubled at each level.": "半分辨率层的通道数；每下降一级加倍。",
  "Widest level of the generator": "生成器最宽层",
  "Channels at most.": "通道数上限。",
  "Width of the discriminator": "判别器宽度",
  "Channels of the first layer of the network that tells real images from painted ones.":
    "区分真实与合成图像的网络第一层的通道数。",
  "Step size of AdamW for the segmenter, at its largest.": "分割网络 AdamW 的最大步长。",
  Segmenter: "分割网络",
  "The network that outlines. U-Net joins fine and coarse; DeepLab looks at several distances at once and outlines more coarsely.":
    "负责勾画的网络。U-Net 结合精细与粗略信息；DeepLab 同时观察多种距离，勾画较粗。",
  "Channels of the segmenter at its first level; doubled at each level. DeepLab takes 4 or more.":
    "分割网络第一级的通道数；每下降一级加倍。DeepLab 至少为 4。",
  "Levels of resolution of the segmenter, the full one included.": "分割网络的分辨率级数，含全分辨率。",
  Activation: "激活函数",
  "Of the segmenter. silu is smooth: the search sees better what a change would do.":
    "分割网络的激活函数。silu 是光滑的：搜索能更好地看到改变的效果。",
  "Second half": "另一半批次",
  "What the segmenter learns from beside real pairs: synthetic images of deformed masks, real pairs moved alike, the same pairs again, or nothing.":
    "除真实图像对外，分割网络还从什么学习：变形掩膜的合成图像、同样移动的真实图像对、同样的图像对再来一次，或没有。",
  "Move real pairs too": "真实图像对也移动",
  "Real images and masks are moved at random before they are learned from.": "学习之前，真实图像和掩膜被随机移动。",
  Generator: "生成器",
  "joint: it goes on learning beside the segmenter. separate: it stays as it is after its own steps.":
    "joint：与分割网络一同继续学习。separate：自身步数之后保持不变。",
  "Searched half": "搜索的一半",
  "Where the generator has cells of three kernels whose mixture is searched.":
    "生成器的哪一半由三种卷积核混合而成，并搜索其比例。",
  Architecture: "架构",
  "searched: the mixtures follow the validation loss. fixed: they stay equal. random: they walk at random, to compare with.":
    "searched：混合比例跟随验证损失。fixed：保持相等。random：随机游走，用于比较。",
  "Learning rate of the architecture": "架构的学习率",
  "Step size of AdamW for the mixtures.": "混合比例的 AdamW 步长。",
  "Generator every": "生成器间隔",
  "The generator learns at every so many steps of the segmenter.": "分割网络每隔多少步，生成器学习一次。",
  "Search every": "搜索间隔",
  "The mixtures move at every so many steps of the segmenter.": "分割网络每隔多少步，混合比例移动一次。",
  "Stop a settled search": "搜索稳定后停止",
  "The mixtures stay as they are once over 200 steps the entropy of none of them has changed by 1 %. The rest of the training is faster then.":
    "当 200 步内没有任何混合比例的熵变化达到 1 % 时，混合比例不再改变。此后训练更快。",
  "Weight of the second half": "另一半的权重",
  "1 counts synthetic pairs as much as real ones.": "1 表示合成图像对与真实图像对同等重要。",
  Hypergradient: "超梯度",
  "exact differentiates through a step of the segmenter; differences compares two of them.":
    "exact：对分割网络的一步求导；differences：比较两次梯度。",
  Route: "路径",
  "direct: the mixtures act on the synthetic image. both: also on what the generator learns next.":
    "direct：混合比例作用于合成图像。both：也作用于生成器接下来学到的内容。",
  "Length of differences": "差分长度",
  "How far the weights are moved by the hypergradient by differences.": "用差分求超梯度时权重移动的距离。",
  "Kept kernels": "保留的卷积核",
  "none: mixtures stay as found. argmax: of each cell the strongest kernel stays, and the generator learns a little more with it.":
    "none：保持找到的混合。argmax：每个单元只保留最强的卷积核，生成器再用它学习一点。",
  "Movement of real pairs": "真实图像对的移动方式",
  "What real images and masks are moved by: all movements together, or one alone, to compare with.":
    "真实图像和掩膜如何移动：所有方式一起，或只用其中一种作比较。",
  rotate: "旋转",
  flip: "翻转",
  translate: "平移",
  leakyRelu: "leakyReLU",
  silu: "SiLU",
  synthetic: "合成",
  moved: "移动",
  same: "相同",
  joint: "联合",
  separate: "分开",
  up: "上采样",
  down: "下采样",
  searched: "搜索",
  fixed: "固定",
  random: "随机",
  exact: "精确",
  differences: "差分",
  direct: "直接",
  argmax: "最大值",
  // What is found before a training starts
  "No annotated training image shows {classes}: the model cannot learn that and will call such places background or something else.":
    "没有一张已标注的训练图像显示{classes}：模型无法学会它，会把这些部位当作背景或其他类别。",
  "The images are of mixed kinds, {gray} gray and {color} in colour: gray ones count as colours without hue. Train on one kind if they show different things.":
    "图像种类混杂，灰度 {gray} 张、彩色 {color} 张：灰度图像按无色调的彩色图像处理。若两者显示的内容不同，请只用一种训练。",
  "{count} images are left out: they are no slices of a series, or masks or slices are missing in theirs.":
    "{count} 张图像未被使用：它们不是系列的切片，或所在系列缺少掩膜或切片。",
  "The longest series has {longest} slices, a patch {slices}: the rest of it is empty. Fewer slices of a patch take less time.":
    "最长的系列有 {longest} 张切片，一个小块有 {slices} 张：其余部分是空的。减少小块的切片数可以节省时间。",
  "Slices lie {least} mm apart in some series and {most} mm in others: they are learned as they are, so that a structure looks longer in some. Train on series of one protocol if the model disappoints.":
    "有些系列的切片间距为 {least} mm，有些为 {most} mm：按原样学习，因此同一结构在某些系列中显得更长。若模型效果不佳，请只用同一扫描方案的系列训练。",
  "Only one series is annotated to train: pre-training is plain supervised training on it.":
    "用于训练的已标注系列只有一个：预训练就是在它上面的普通监督训练。",
  "Only one image is annotated to train: there is no second one to make collages with, so pre-training is plain supervised training on it.":
    "用于训练的已标注图像只有一张：没有第二张可供拼贴，因此预训练就是在它上面的普通监督训练。",
  "Validation images that the search listens to: {count}, too few to trust. Take the preset without the search, or annotate more for validation.":
    "搜索所依据的验证图像只有 {count} 张，不足以信赖。请选用不带搜索的预设，或为验证标注更多图像。",
  "Validation images: {count}, too few to lead a search. The architecture stays fixed; from {least} on it can be searched.":
    "验证图像只有 {count} 张，不足以引导搜索。架构保持固定；达到 {least} 张即可搜索。",
  "The search trains on the validation images, so their Dice is no longer a fair judgment: look at test images for that.":
    "搜索会在验证图像上训练，因此它们的 Dice 不再是公正的评判：请看测试图像。",
  // Why a run computes where it does
  "{device}: no GPU found": "{device}：未找到显卡",
  "{device}: no GPU found (only a software device)": "{device}：未找到显卡（只有软件模拟的设备）",
  "{device}: no NVIDIA driver found": "{device}：未找到 NVIDIA 驱动程序",
  "{device}: the CUDA files of ONNX Runtime are not installed": "{device}：未安装 ONNX Runtime 的 CUDA 文件",
  "{device}: slower than the processor ({here} ms against {there} ms for a test step)":
    "{device}：比处理器慢（测试步 {here} ms，处理器 {there} ms）",
  "{device}: faster than the processor ({here} ms against {there} ms for a test step)":
    "{device}：比处理器快（测试步 {here} ms，处理器 {there} ms）",
  "{device}: did not answer within {seconds} s": "{device}：{seconds} 秒内没有响应",
  "{device}: its driver crashed ({signal})": "{device}：驱动程序崩溃（{signal}）",
  "{device}: could not be started": "{device}：无法启动",
  "using cpu": "使用处理器",

  // Siamese-Diffusion
  "Paint images for masks by diffusion": "用扩散模型按掩膜绘制图像",
  "Trains a diffusion that paints images for masks, from your images alone (Siamese-Diffusion). Takes hours: after minutes pictures are grainy.":
    "只用您的图像训练一个按掩膜绘制图像的扩散模型（Siamese-Diffusion）。需要数小时：几分钟后图像仍有颗粒感。",
  "Image size, network and steps that this computer takes in an hour or two.":
    "图像大小、网络和步数使这台电脑在一两个小时内完成。",
  Overnight: "整夜",
  "Images of 64 × 64 and as many steps as pass in a night.": "64 × 64 的图像，步数为一夜所能完成的数量。",
  "For a graphics card": "适合显卡",
  "Images of 128 × 128 and the largest network.": "128 × 128 的图像和最大的网络。",
  "Without the second branch": "不用第二分支",
  "An ordinary diffusion steered by masks, to compare with: the same network, half the time.":
    "普通的掩膜引导扩散模型，用于比较：相同的网络，一半的时间。",
  "A small network on images of 32 × 32, to see in minutes whether it learns anything here. Its pictures stay grainy.":
    "32 × 32 图像上的小网络，几分钟内看看能否学到东西。图像仍有颗粒感。",
  "Updates with masks, after the prior has learned from images alone.": "先验仅从图像学习之后，使用掩膜的更新次数。",
  Stages: "阶段",
  "two: first what images look like, from all of them, annotated or not; then how masks steer them. joint: all from the first step.":
    "两阶段：先从全部图像（无论是否标注）学习图像的样子，再学习掩膜如何引导。联合：从第一步起一起学习。",
  two: "两阶段",
  "Steps of the prior": "先验的步数",
  "Updates on images alone, annotated or not, before masks come in.":
    "加入掩膜之前，仅用图像（无论是否标注）的更新次数。",
  "Side in pixels of the images that are painted.": "所绘图像的边长（像素）。",
  "Network size": "网络大小",
  "Very small (XS) has 0.9 million parameters, small (S) 5.9, medium (M) 10.6, with all that steers it.":
    "极小（XS）有 90 万个参数，小（S）590 万，中（M）1060 万，含全部引导部分。",
  "very small": "极小",
  small: "小",
  medium: "中",
  "Latent image": "潜在图像",
  "What noise is added to: blocks of 2 × 2 or 4 × 4 pixels as channels, pixels themselves, or the code of an autoencoder that is trained first.":
    "噪声加在什么上：作为通道的 2 × 2 或 4 × 4 像素块、像素本身，或先行训练的自编码器的编码。",
  "blocks of 2 × 2": "2 × 2 块",
  "blocks of 4 × 4": "4 × 4 块",
  pixels: "像素",
  autoencoder: "自编码器",
  "Steps of the autoencoder": "自编码器的步数",
  "Updates before all others.": "在所有其他更新之前的更新次数。",
  "Learning rate of the prior": "先验的学习率",
  "Step size of AdamW for the prior and the autoencoder, at its largest.": "先验和自编码器的 AdamW 最大步长。",
  "Step size of AdamW with masks, at its largest.": "使用掩膜时 AdamW 的最大步长。",
  "Decay of the average": "平均的衰减",
  "Painted is with an average of the weights; this share of it is kept at each step.":
    "绘制时使用权重的平均值；每步保留其中这一比例。",
  Prediction: "预测目标",
  "Velocity weighs all noise levels alike, which training from scratch needs. The noise itself is what Stable Diffusion predicts.":
    "速度对所有噪声水平一视同仁，从头训练需要它。Stable Diffusion 预测的是噪声本身。",
  velocity: "速度",
  noise: "噪声",
  "Mirror images": "镜像图像",
  "Half of all images are learned mirrored left to right, with their masks. Off where left and right differ.":
    "一半图像连同掩膜左右镜像后学习。左右有别时请关闭。",
  Hint: "提示",
  "How masks and images are read: dense as in Siamese-Diffusion, or plain as in ControlNet.":
    "掩膜和图像的读取方式：密集（如 Siamese-Diffusion）或普通（如 ControlNet）。",
  dense: "密集",
  "Image branch": "图像分支",
  "The second branch, which sees the image beside the mask. Off: an ordinary mask-to-image diffusion.":
    "第二分支，除掩膜外还看到图像。关闭：普通的掩膜到图像扩散模型。",
  "Weight of noise consistency": "噪声一致性的权重",
  "How strongly the mask's branch follows the image's. 0: without.": "掩膜分支跟随图像分支的程度。0：不使用。",
  "Weight of the image": "图像的权重",
  "What the image's share in the second branch rises to by the last step.":
    "到最后一步，图像在第二分支中的份额升至多少。",
  "Online augmentation": "在线增强",
  "In the last two thirds of the steps the mask's branch also learns from images as the second branch sees them.":
    "在后三分之二的步数中，掩膜分支还从第二分支所见的图像学习。",
  "Augmented samples": "增强的样本",
  "earliest: the part of a batch with the least noise goes through it, which is faster. whole: all of it.":
    "噪声最少：批次中噪声最少的部分参与，更快。全部：整个批次参与。",
  earliest: "噪声最少",
  whole: "全部",
  "Start of the control": "控制的起点",
  "small suits a prior of your own images; zero, as in the paper, needs one trained on very many.":
    "小值适合用您自己图像训练的先验；零（如论文）需要用大量图像训练的先验。",
  zero: "零",
  "Samples without mask": "不用掩膜的样本",
  "Share of samples that are learned without their mask: guidance by the mask needs some.":
    "不带掩膜学习的样本比例：掩膜引导需要一些。",
  "Samples without condition": "不带条件的样本",
  "Share of samples that are learned as images of no set in particular.": "不归于任何特定数据集而学习的样本比例。",
  "The last weights, or those that denoise the validation images best: pictures often gain after that.":
    "保留最后的权重，或对验证图像去噪最好的权重：在那之后图像往往还会变好。",
  "Images without masks: {count}. They are not learned from with joint stages; take two.":
    "没有掩膜的图像：{count}。联合阶段不从它们学习；请选择两阶段。",
  "The figure of the validation images is how much of added noise is not told from them. It says little about masks: look at the pictures, and at the alignment of what is made.":
    "验证图像的数值表示添加的噪声中有多少未能与图像分开。它对掩膜说明不多：请查看图片，以及所生成样本对的一致性。",
  Solver: "求解器",
  "DPM-Solver++ needs fewer steps; DDIM is the paper's.": "DPM-Solver++ 需要的步数更少；DDIM 是论文所用。",
  "Sampling steps": "采样步数",
  "Looks at a picture on its way from noise. For DDIM a number that divides 1000.":
    "图像从噪声生成途中的观察次数。DDIM 须为 1000 的因数。",
  Guidance: "引导强度",
  "How strongly pictures are pushed towards their mask. 1: not beyond what was learned, and three times as fast.":
    "图像被推向其掩膜的程度。1：不超出所学，速度快三倍。",
  "Last step": "最后一步",
  "What it leaves of the noise: nothing, or as much as Stable Diffusion's programs do. As usual: nothing with own networks, as much as those on a backbone.":
    "最后一步保留多少噪声：不保留，或与 Stable Diffusion 的程序相同。照常：自有网络不保留，骨干网络上与后者相同。",
  "as usual": "照常",
  nothing: "不保留",
  "as Stable Diffusion": "与 Stable Diffusion 相同",
  "Reference image": "参考图像",
  "How strongly pictures also go by the real image that their mask comes from, moved as the mask is. 0: not at all. At 1 they may copy it; copies are withheld.":
    "绘制时在多大程度上还参照其掩膜所属的真实图像（与掩膜一同变换）。0：完全不参照。为 1 时可能成为复制品；复制品会被扣留。",
  "Guidance of the set": "数据集引导强度",
  "How strongly pictures are pushed towards the look of the set.": "图像被推向该数据集外观的程度。",
  // Translation of modalities
  "Translate a modality": "模态转换",
  "Learns to make images of one modality from those of another, from pairs that need not lie exactly on each other (RegGAN).":
    "学习由一种模态的图像生成另一种模态的图像；配对图像不必完全对齐（RegGAN）。",
  "Translate a modality without pairs": "无配对的模态转换",
  "Learns to make images of one modality from those of another, from images of any patients (CycleGAN). With pairs, RegGAN shows less that is not there.":
    "由任意患者的图像学习模态之间的转换（CycleGAN）。有配对时，RegGAN 较少生成不存在的内容。",
  "Image size, networks and steps that this computer takes in an hour or so.":
    "这台电脑约一小时能完成的图像大小、网络和步数。",
  "The paper's image size and networks, 80 times all pairs. For a computer with a graphics card.":
    "论文的图像大小和网络，全部配对学习 80 遍。适合带显卡的电脑。",
  "Small networks": "小网络",
  "Images of 64 × 64 and small networks: minutes, to see whether a translation can be learned here.":
    "64 × 64 的图像和小网络：几分钟即可看出这里能否学会转换。",
  "The smallest networks on images of 64 × 64, to see in a minute that everything works.":
    "在 64 × 64 的图像上用最小的网络，一分钟看一切是否正常。",
  "Trained by": "训练方式",
  "What tells the generator how it does: a registered comparison with the target (RegGAN), that and the way back, the discriminator alone, or every pixel of the target (pix2pix).":
    "由什么评判生成器：与目标配准后的比较（RegGAN）、再加上反向转换、仅判别器，或目标的每个像素（pix2pix）。",
  "RegGAN with the way back": "带反向转换的 RegGAN",
  "the discriminator alone": "仅判别器",
  "Side in pixels to which images are brought for the network, a multiple of 4. Larger sees finer detail and takes longer.":
    "送入网络前图像缩放到的边长（像素），为 4 的倍数。越大细节越多，耗时也越长。",
  "Updates of the generators, with one of each discriminator after them.":
    "生成器的更新次数；每次之后各判别器更新一次。",
  "Slices seen": "所见层数",
  "Slices of the first modality that the network sees for one of the second: its own, or neighbors on both sides too.":
    "为生成第二种模态的一层，网络看到第一种模态的几层：仅对应层，或加上两侧相邻层。",
  "its own": "仅对应层",
  three: "三层",
  five: "五层",
  "Channels at full resolution; doubled at each of two levels below.": "全分辨率层的通道数；以下两级各加倍。",
  "Blocks of the generator": "生成器的残差块",
  "Residual blocks at the lowest resolution.": "最低分辨率处的残差块数。",
  "Channels of its first layer; doubled by each, up to eightfold.": "第一层的通道数；每层加倍，最多八倍。",
  "Halvings of the discriminator": "判别器的减半次数",
  "Layers that halve the size: 3 judge patches of 70 × 70 pixels, 2 of 34 × 34.":
    "将尺寸减半的层数：3 层评判 70 × 70 像素的图块，2 层为 34 × 34。",
  "Width of the registration": "配准网络宽度",
  "Channels at full resolution; twice as many below.": "全分辨率层的通道数；以下各级为其两倍。",
  "Levels of the registration": "配准网络的级数",
  "0: as many as the image size allows, at most 7. Each needs images twice as large: 7 from 256 pixels on.":
    "0：图像大小允许的最多级数，至多 7。每多一级图像须大一倍：7 级需 256 像素以上。",
  "Blocks of the registration": "配准网络的残差块",
  "Residual blocks at its lowest resolution.": "其最低分辨率处的残差块数。",
  "Step size of Adam, the same for all networks.": "Adam 的步长，所有网络相同。",
  "Weight of the discriminator": "判别器的权重",
  "Of its verdict in the loss.": "其判断在损失中的权重。",
  "Weight of the correction": "校正的权重",
  "Of the difference of the registered translation from its target.": "配准后的转换图像与目标之差的权重。",
  "Weight of smoothness": "平滑的权重",
  "Of how much neighboring pixels are moved differently. Too low: the registration paints.":
    "相邻像素位移差异的权重。过低时配准网络会自行作画。",
  "Weight of the cycle": "循环的权重",
  "Of what is lost on the way there and back.": "往返转换所丢失内容的权重。",
  "Weight of pixels": "像素的权重",
  "Of the difference of the translation from its target as it is: pix2pix alone.":
    "转换图像与目标直接之差的权重：仅用于 pix2pix。",
  "Average patches first": "先平均图块",
  "The discriminator's scores are averaged before the loss, as in RegGAN's program; else each patch has a loss.":
    "计算损失前先平均判别器的各图块得分，与 RegGAN 的程序一致；否则每个图块各有损失。",
  "Added misalignment": "附加错位",
  "0 to 5: each image of a pair is moved by itself at random, by up to so many degrees, 2 % of its side and 2 % of scale for each level. For experiments.":
    "0 至 5：每对图像各自随机移动，每级最多 1 度、边长的 2% 和 2% 的缩放。用于实验。",
  "Move pairs": "移动配对",
  "Both images of a pair are turned, scaled and shifted a little, in the same way.":
    "一对图像以相同方式略微旋转、缩放和平移。",
  "The last weights, or those with the best figure on the validation pairs. Where these are misaligned, their figure favors blur.":
    "保留最后的权重，或在验证配对上指标最好的权重。验证配对有错位时，该指标偏向模糊。",
  "There are only {images} pairs to learn from: the translation will know these very images, and hardly others. Ten are a beginning, hundreds are usual.":
    "只有 {images} 对图像可供学习：转换只会认得这些图像，难以用于其他图像。十对是起点，通常需要数百对。",
  "There are only {images} images of {of} to learn from: the translation will know these very images, and hardly others. Ten are a beginning, hundreds are usual.":
    "可供学习的 {of} 图像只有 {images} 幅：转换会记住这些图像，对其他图像几乎无效。十幅是起点，通常需要数百幅。",
  "Nothing is paired, so no figure can show how good the translation is: the last weights are kept. Look at its images.":
    "没有配对，因此没有指标可显示转换的好坏：保留最后的权重。请查看其图像。",
  "Images of one value were left out: {images}. There is nothing to see in them.":
    "单一数值的图像被略过：{images} 幅。其中没有可见内容。",
  "Pairs of which one image is of one value, on the pixels of the source, were left out: {images}. Look at them: they may be empty, or lie beside each other.":
    "源图像像素上有一幅为单一数值的配对被略过：{images} 对。请查看：它们可能为空，或位置错开。",
  "No pair of the validation split shows how good the translation is: the last weights are kept.":
    "验证集中没有配对可显示转换的好坏：保留最后的权重。",
  "The images are not paired, and {mode} learns from pairs: it is shown any two. CycleGAN needs none.":
    "图像没有配对，而 {mode} 从配对中学习：它将看到任意两幅。CycleGAN 不需要配对。",
  "Images in color are translated by their brightness: {color} of them.": "彩色图像按亮度转换：共 {color} 幅。",
  "Images of the validation and test splits are left out: {images}. Translated images are kept with their patient, and never judge a model.":
    "验证集和测试集的图像被略过：{images} 幅。转换图像与其患者放在一起，从不用于评判模型。",
  "Images of no split are left out: {images}. Give their patients the training or unlabelled split to have them translated.":
    "未分配划分的图像被略过：{images} 幅。先将其患者归入训练集或未标注集，即可转换。",
  "Images that this model has translated before are left out: {images}. Remove what it made of them to have them made anew.":
    "此模型已转换过的图像被略过：{images} 幅。删除其结果后可重新生成。",
  "{images} images of {target} have other pixels than those of {source}: they are resampled onto these by their places in the patient.":
    "{target} 的 {images} 幅图像与 {source} 的像素不同：按其在患者体内的位置重采样。",
  "The places of {images} images of {target} cannot be compared with those of {source}: they are told in another frame of reference, or their planes are tilted. They are matched in their order, and resampled with their centers on each other: look at them, and align them.":
    "{target} 的 {images} 幅图像的位置无法与 {source} 比较：参考坐标系不同，或平面相互倾斜。按顺序匹配，并以中心对齐重采样：请查看并配准。",
  "{images} images of {target} have pixels of another size than those of {source}, and no place in the patient: they are resampled with their centers on each other.":
    "{target} 的 {images} 幅图像的像素大小与 {source} 不同，且无患者坐标：以中心对齐重采样。",
  "{images} images of {target} have another size than those of {source}, and no file tells the size of pixels: they are resampled as if both showed the same field.":
    "{target} 的 {images} 幅图像的尺寸与 {source} 不同，且文件未说明像素大小：按两者视野相同重采样。",
  "{images} slices were matched by their share of the series, for {source} and {target} have another number of slices and no places.":
    "{source} 与 {target} 的层数不同且无位置信息：{images} 层按其在序列中的比例匹配。",
  "Patients with {source} and no {target}: {patients}. Nothing is learned from them; their images can be translated.":
    "有 {source} 而无 {target} 的患者：{patients} 人。不从中学习；其图像可以转换。",
  "Patients with {target} and no {source}: {patients}. They are left out.":
    "有 {target} 而无 {source} 的患者：{patients} 人。略过。",
  // Labels of whole images
  "Classify images": "图像分类",
  "Learns to tell the class or grade of whole images from those that you labelled.":
    "从您标注的图像中学习判断整幅图像的类别或等级。",
  "Grade by diffusion": "扩散分级",
  "Learns the class or grade of whole images, shows where it looked, and says by repeated sampling how sure it is (DiffMIC).":
    "学习整幅图像的类别或等级，显示关注的位置，并通过重复采样给出把握程度（DiffMIC）。",
  "Measure numbers": "数值测量",
  "Learns to tell one or several numbers of whole images, in their units, from those that you gave.":
    "从您给出的数值中学习，按单位预测整幅图像的一个或多个数值。",
  "Image size and network that this computer trains in an hour or so.": "这台电脑约一小时内可训练的图像大小和网络。",
  "The usual network of 11 million weights, from scratch, on images of 224 × 224. For a computer with a graphics card.":
    "常用的 1100 万权重网络，从零开始，图像 224 × 224。适合带显卡的电脑。",
  "A narrow residual network on images of 64 × 64: minutes.": "64 × 64 图像上的窄残差网络：数分钟。",
  "The smallest networks on small images, to see in a minute that everything works.":
    "小图像上的最小网络，一分钟内查看一切是否正常。",
  "The networks, times and joint learning of the published program, on images of 224 × 224. For a computer with a graphics card.":
    "已发布程序的网络、时间步和联合学习，图像 224 × 224。适合带显卡的电脑。",
  "Side in pixels to which images are brought for the network, a multiple of 8. Larger sees finer detail and takes longer.":
    "送入网络前图像缩放到的边长（像素），8 的倍数。越大细节越多，耗时也越长。",
  Network: "网络",
  "A narrow one for small images and few of them, or ResNet-18 with 11 million weights, which wants images of 128 pixels or more.":
    "窄网络适合小图像和少量数据；ResNet-18 有 1100 万权重，需要 128 像素以上的图像。",
  "A narrow one for small images and few of them, ResNet-18 with 11 million weights, which wants images of 128 pixels or more, or an ONNX trunk of your own that learned before.":
    "窄网络适合小图像和少量数据；ResNet-18 有 1100 万权重，需要 128 像素以上的图像；也可用您自己的、已学习过的 ONNX 主干网络。",
  "narrow residual network": "窄残差网络",
  "Of the narrow network: channels of its first stage; doubled by each of two others.":
    "窄网络第一阶段的通道数；其后两个阶段各加倍。",
  "Vary training images at random: small turns, shifts and scales, brightness, contrast, a covered patch.":
    "随机变换训练图像：小角度旋转、平移、缩放、亮度、对比度、遮盖一小块。",
  Mirroring: "镜像",
  "Of training images, where the side says nothing of the label: not at all, left to right, or both ways.":
    "当左右方向与标签无关时镜像训练图像：不镜像、左右或双向。",
  "left to right": "左右",
  "both ways": "双向",
  "Step size of Adam at its largest.": "Adam 的最大步长。",
  "Balance classes": "平衡类别",
  "Every class is shown as often as any other, however few images it has.": "无论图像多少，各类别出现的次数相同。",
  "Label smoothing": "标签平滑",
  "Share of the truth that is spread over all classes, so that the network is not surer than it should be.":
    "把一部分真值分散到所有类别，使网络不至于过分自信。",
  "Steps of the guesses": "初步判断的步数",
  "Updates of the two looks that guess the label, before the diffusion learns.":
    "扩散学习之前，两路观察（整体与局部）的更新次数。",
  "Updates of the diffusion. Fewer than 3000 seldom are enough.": "扩散的更新次数。少于 3000 很少足够。",
  "Learning rate of the guesses": "初步判断的学习率",
  "Step size of Adam for the diffusion, at its largest.": "扩散所用 Adam 的最大步长。",
  "Guesses to learn from": "用于学习的初步判断",
  "Of networks that learned the image too, or of networks that did not see it: these err as they will on new images, and take as many trainings more as there are folds.":
    "来自见过该图像的网络，或未见过它的网络：后者的错误与在新图像上相同，但要多训练与折数相同的次数。",
  "by networks that saw the image": "见过图像的网络",
  "by networks that did not": "未见过图像的网络",
  Folds: "折数",
  "Parts of the training images, by patient, each guessed by a network that learned the others.":
    "按患者划分训练图像，每一部分由学习其余部分的网络判断。",
  "Learn together": "联合学习",
  "As published: the looks learn on beside the diffusion, which sees each image through a network of its own. Takes many times longer, and drives guesses of small sets to be too sure.":
    "与发表的一致：两路观察与扩散一起继续学习，扩散用自己的网络看图像。耗时成倍增加，小数据集上会使判断过分自信。",
  Variant: "版本",
  "Where paper and published program differ: the program takes the mean of logits and tells the diffusion that guess; the paper the mean of probabilities, and tells it both looks.":
    "论文与发布程序不同之处：程序取 logits 的平均并把该判断告诉扩散；论文取概率的平均，并把两路判断都告诉它。",
  "published program": "发布的程序",
  "Looks learn by": "观察的学习方式",
  "Each by its own answer as well as by both together, or by both together alone, as in the published program.":
    "每一路既按自己的答案也按共同的答案学习，或如发布程序只按共同的答案。",
  "each its own answer too": "也按各自的答案",
  "both together": "只按共同的答案",
  "Close looks": "局部观察",
  "Regions of each image that are looked at closely. 0 leaves them out: the whole image alone is looked at.":
    "每幅图像中仔细观察的区域数。0 表示不用：只看整幅图像。",
  "Close looks see": "局部观察所见",
  "Of images in color all channels, or the first one three times, as in the published program.":
    "彩色图像的全部通道，或如发布程序把第一通道重复三次。",
  "all channels": "全部通道",
  "the first channel": "第一通道",
  "Rate of the guesses over time": "初步判断的学习率变化",
  "Rises, then falls to 0 along a cosine; or the same at all steps, as in the published program.":
    "先升后沿余弦降到 0；或如发布程序在所有步保持不变。",
  "The looks are shown every class as often as any other; the diffusion keeps the distribution that there is.":
    "两路观察看到各类别的次数相同；扩散保持原有的分布。",
  "Share of the truth that is spread over all classes where the looks learn, so that they are not surer than they should be.":
    "两路观察学习时，把一部分真值分散到所有类别，使其不至于过分自信。",
  "Sum of the guesses": "判断之和",
  "Noise around the sum of both looks' probabilities, as one formula of the paper has it, instead of their mean. For experiments.":
    "噪声以两路概率之和为中心，如论文的一个公式所写，而不是其平均。用于实验。",
  "Limit of estimates": "估计的界限",
  "How far estimates of a label may go beyond 0 and 1 on their way; 0 lets them go anywhere, as in the published program.":
    "标签估计在过程中可超出 0 和 1 多少；0 表示不加限制，如发布程序。",
  "Diffusion sees the image": "扩散看到图像",
  "Off: it goes by the guesses alone. For experiments.": "关闭：只凭初步判断。用于实验。",
  "Side of a region": "区域边长",
  "Pixels, a multiple of 8: at least as large as what the label depends on.":
    "像素，8 的倍数：至少与决定标签的结构一样大。",
  "Share of the saliency": "显著性比例",
  "Of each map the highest cells, whose mean is the answer: 1 is the mean of all.":
    "取每幅图中最高的单元求平均作为答案：1 表示全部平均。",
  "Width of the diffusion": "扩散网络宽度",
  "Numbers in each layer of the network that removes noise from labels. 6144 as published.":
    "标签去噪网络每层的数值个数。发表的为 6144。",
  Times: "时间步",
  "Steps from label to noise. 1000 as published.": "从标签到噪声的步数。发表的为 1000。",
  Sampler: "采样器",
  "All times with noise, some without (DDIM), or the last ones alone, as the published program has it: that trusts the guess too much.":
    "全部时间步带噪声、部分时间步不带噪声（DDIM），或如发布程序只用最后若干步：后者过于相信初步判断。",
  "all times": "全部时间步",
  "cut short": "截短",
  "Steps of the sampler": "采样步数",
  "Of DDIM, or of the chain that is cut short.": "DDIM 或截短链的步数。",
  "Batch size of the diffusion": "扩散的批次大小",
  "Images per step of the diffusion.": "扩散每步的图像数。",
  "Weight of the distribution": "分布的权重",
  "Of the comparison of predicted with true noise as a whole (MMD), by each look alone. 0 leaves it out.":
    "每一路观察下，预测噪声与真实噪声整体比较（MMD）的权重。0 表示不用。",
  "Unbiased comparison": "无偏比较",
  "Leave out pairs of a number with itself: for batches of fewer than 32 images.":
    "去掉与自身的配对：用于少于 32 幅图像的批次。",
  "Noise around the guess": "以判断为中心的噪声",
  "Off: noise around 0, as in an ordinary diffusion. For experiments.":
    "关闭：以 0 为中心的噪声，如普通扩散。用于实验。",
  Views: "视图数",
  "Variations of each image that the diffusion learns from, itself the first.":
    "扩散学习时每幅图像的变体数，第一个为其本身。",
  Chains: "链数",
  "Walks from noise to a label for each validation image; their mean is judged.":
    "每幅验证图像从噪声到标签的次数；评判其平均。",
  "In batches of {batch} images the comparison of the distribution (MMD) cannot tell a good diffusion from a useless one: take 32 images or more, or the unbiased comparison.":
    "批次为 {batch} 幅图像时，分布比较（MMD）分不清好的扩散与无用的扩散：请用 32 幅以上，或无偏比较。",
  "The looks guess {trained} of the images that they learned rightly, and {validated} of the validation images: the diffusion learns to trust guesses that are worse on new images. Out-of-fold guesses, or fewer steps of the guesses, may help.":
    "两路观察在学过的图像上判断正确 {trained}，在验证图像上 {validated}：扩散学会相信的判断在新图像上更差。折外判断或更少的判断步数可能有帮助。",
  "At the end {share} of the estimates of a label still were beyond their limit: the diffusion has not learned long enough, or too fast.":
    "结束时仍有 {share} 的标签估计超出界限：扩散学得不够久，或太快。",
  "No training image is labelled {option}: it can never be the answer.":
    "没有训练图像标注为 {option}：它永远不会成为答案。",
  "Only one training image is labelled {option}: its class is learned by heart, not recognized.":
    "只有一幅训练图像标注为 {option}：该类别只会被记住，不会被识别。",
  "Only {images} training images are labelled {option}: ten are a beginning, hundreds are usual.":
    "只有 {images} 幅训练图像标注为 {option}：十幅是起点，通常需要数百幅。",
  "No validation image is labelled {option}: whether it is recognized is not judged.":
    "没有验证图像标注为 {option}：能否识别它无法评判。",
  "Only {images} training images have a {name}: ten are a beginning, hundreds are usual.":
    "只有 {images} 幅训练图像有 {name}：十幅是起点，通常需要数百幅。",
  "No validation image has a {name}: how near it comes is not judged.":
    "没有验证图像有 {name}：预测的接近程度无法评判。",
  "{name} is 0 on {images} images: errors relative to the number leave them out.":
    "{images} 幅图像的 {name} 为 0：相对误差不包括它们。",
  "Images of the training and validation split without a label are left out: {images}.":
    "训练集和验证集中没有标签的图像被略过：{images} 幅。",
  "Images of {sizes} sizes are brought to one square each, their shape kept: what depends on the size in pixels is not seen.":
    "图像有 {sizes} 种尺寸，各自保持比例放入正方形：取决于像素大小的内容看不到。",
  "Of images of several slices the middle slice is seen: {images}.": "多层图像只看中间一层：{images} 幅。",
  "{name} learns a tenth as fast as the new last layer. It sees each image with mean 0 and deviation 1, whatever it was trained with.":
    "{name} 的学习速度是新的最后一层的十分之一。每幅图像以均值 0、标准差 1 送入，无论它原来如何训练。",
  "Batch normalization of {name} keeps the statistics of its file; scales and shifts go on learning.":
    "{name} 的批归一化保留其文件中的统计量；缩放和平移继续学习。",
  "{name} takes color: gray images become three equal channels.": "{name} 需要彩色图像：灰度图像变为三个相同的通道。",
  "{name} takes gray: of images in color it sees the luminance.": "{name} 需要灰度图像：彩色图像只看其亮度。",
  "{name} says nothing of places: where the model looked is not shown.": "{name} 不区分位置：不显示模型看了哪里。",
};
